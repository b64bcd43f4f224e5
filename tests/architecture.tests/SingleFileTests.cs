namespace Pcie.Architecture.Tests;

/// <summary>
/// <c>dotnet publish -p:PublishSingleFile=true</c> makes one file of the tool. Its assemblies are in no files then, and the analyzer that knows
/// (IL3000, IL3002) runs only when somebody publishes so.
/// </summary>
public sealed class SingleFileTests
{
    private static readonly string[] OfFiles = ["Assembly.Location", ".CodeBase", "Assembly.GetFile(", "Module.Name", ".FullyQualifiedName"];

    [Fact]
    public void NothingAsksInWhichFileAnAssemblyIs() => Repository.AssertNone(
        from file in Repository.Files("*.cs")
        where !file.StartsWith("tests", StringComparison.Ordinal) && !file.Contains("bench", StringComparison.Ordinal)
        from line in Repository.Read(file).Split('\n').Select((text, index) => (Text: text, Number: index + 1))
        where OfFiles.Any(one => line.Text.Contains(one, StringComparison.Ordinal))
        select $"{file}:{line.Number}: {line.Text.Trim()}");
}
