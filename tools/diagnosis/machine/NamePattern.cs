using System.IO.Enumeration;

namespace Pcie.Diagnosis.Machine;

/// <summary>
/// Which sources somebody means: a name as it is, an image for all of its functions (<c>card.sys</c> for <c>card.sys!CardDpc</c>), or with <c>*</c>
/// and <c>?</c> all that fit. Upper and lower case are the same.
/// </summary>
public sealed record NamePattern(string Text)
{
    public bool Fits(string name) => Text.Contains('*', StringComparison.Ordinal) || Text.Contains('?', StringComparison.Ordinal)
        ? FileSystemName.MatchesSimpleExpression(Text, name, ignoreCase: true) || name == Text
        : name.Equals(Text, StringComparison.OrdinalIgnoreCase) || name.StartsWith(Text + "!", StringComparison.OrdinalIgnoreCase);
}
