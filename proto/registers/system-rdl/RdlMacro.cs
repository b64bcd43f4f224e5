using System.Text;
using System.Text.RegularExpressions;

namespace Pcie.Registers.SystemRdl;

/// <summary>A macro of the preprocessor.</summary>
/// <param name="Parameters">With what each is where nothing is given, null for none; null for a macro without parentheses.</param>
internal sealed partial record RdlMacro(string Body, IReadOnlyList<(string Name, string? Default)>? Parameters)
{
    /// <summary>
    /// The body with arguments for parameters: not in texts, but in those between <c>`"</c>; two <c>`</c> join what is beside them.
    /// </summary>
    /// <param name="arguments">As many as there are parameters, null where nothing is given.</param>
    public string With(IReadOnlyList<string> arguments)
    {
        if (Parameters is null or [] && !Body.Contains("``", StringComparison.Ordinal) && !Body.Contains("`\"", StringComparison.Ordinal))
            return Body;
        var values = new Dictionary<string, string>();
        foreach (var (parameter, given) in (Parameters ?? []).Zip(arguments)) values[parameter.Name] = given;
        var text = new StringBuilder();
        foreach (Match match in Piece().Matches(Body))
        {
            var piece = match.Value;
            text.Append(piece switch { "``" => "", "`\"" => "\"", _ => values.GetValueOrDefault(piece, piece) });
        }
        return text.ToString();
    }

    [GeneratedRegex("""
        "(?:[^"\\]|\\.)*"|``|`"|[A-Za-z_][A-Za-z0-9_]*|[\s\S]
        """)]
    private static partial Regex Piece();
}
