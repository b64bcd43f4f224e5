using System.Globalization;

namespace Pcie.Scenario;

/// <summary>A value and where it stands.</summary>
/// <param name="Content">
/// A string, long, double, bool, <see cref="DateTimeOffset"/>, <see cref="ScenarioTable"/>, a list of values (written in brackets),
/// or a list of tables (under <c>[[…]]</c> headers).
/// </param>
internal readonly record struct ScenarioValue(object Content, ScenarioPosition At)
{
    /// <summary>The value as a reader of an error would know it again.</summary>
    public override string ToString() => Content switch
    {
        string text => $"\"{text.ReplaceLineEndings("\\n")}\"",
        bool flag => flag ? "true" : "false",
        long or double => string.Create(CultureInfo.InvariantCulture, $"{Content}"),
        ScenarioTable => "a table",
        List<ScenarioTable> or List<ScenarioValue> => "a list",
        _ => "a date or time",
    };
}
