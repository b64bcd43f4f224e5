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
            from line in Repository.Read(file).Split('\n').Select((text, index) => (text.Length, Number: index + 1))
            where line.Length > longest
            select $"{file}:{line.Number} has {line.Length} columns, {longest} are allowed");
    }

    [GeneratedRegex(@"max_line_length = (\d+)")]
    private static partial Regex MaxLineLength();
}
