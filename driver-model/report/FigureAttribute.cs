using System.ComponentModel;
using System.Reflection;
using System.Text.Json;

namespace Pcie.DriverModel.Report;

/// <summary>Declares a figure of a report, a number or a truth value: what a scenario can expect something of.</summary>
/// <param name="sentence">What the figure is; with <c>{0}</c> where the sentence of the record that it stands in goes.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FigureAttribute(string sentence) : DescriptionAttribute(sentence)
{
    public string Sentence => Description;

    /// <summary>The figures of a type of report: their dotted paths in its JSON object, and their sentences.</summary>
    public static IEnumerable<(string Path, string Sentence)> In(Type type)
    {
        foreach (var property in type.GetProperties())
        {
            var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            var own = property.GetCustomAttribute<FigureAttribute>();
            var inner = property.PropertyType.Assembly == type.Assembly ? In(property.PropertyType).ToList() : [];
            if (inner.Count == 0 && own is not null) yield return (name, own.Sentence);
            foreach (var (path, sentence) in inner) yield return ($"{name}.{path}", string.Format(null, sentence, own?.Sentence));
        }
    }
}
