using System.Text.RegularExpressions;

namespace Pcie.Architecture.Tests;

/// <summary>A line is as long as .editorconfig says, and no longer.</summary>
public sealed partial class LineTests
{
    [Fact]
    public void NoLineIsLongerThanEditorconfigSays()
    {
        var longest = int.Parse(MaxLineLength().Match(Repository.Read(".editorconfig")).Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture);

        Repository.AssertNone(
            from pattern in (string[])["*.cs", "*.proto", "*.csproj"]
            from file in Repository.Files(pattern)
            from line in RawText().Replace(Repository.Read(file), Blank).Split('\n').Select((text, index) => (text.Length, Number: index + 1))
            where line.Length > longest
            select $"{file}:{line.Number} has {line.Length} columns, {longest} are allowed");
    }

    // Text that is quoted as it is, a recording for one, has the lines that it has.
    private static string Blank(Match raw) => new('\n', raw.Value.Count(c => c == '\n'));

    [GeneratedRegex("\"\"\".*?\"\"\"", RegexOptions.Singleline)]
    private static partial Regex RawText();

    [GeneratedRegex(@"max_line_length = (\d+)")]
    private static partial Regex MaxLineLength();
}
