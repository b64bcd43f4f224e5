using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Pcie.Architecture.Tests;

/// <summary>Which room may use which: the table of ARCHITECTURE.md, held against the projects.</summary>
public sealed partial class ProjectTests
{
    /// <summary>Rows of the table: room, and the rooms that it refers to.</summary>
    private static readonly Dictionary<string, string[]> Allowed = Row().Matches(Repository.Read("ARCHITECTURE.md")).ToDictionary(
        row => row.Groups["room"].Value, row => row.Groups["uses"].Value.Split(", ", StringSplitOptions.RemoveEmptyEntries).Where(use =>
            use != "–").ToArray());

    public static TheoryData<string> Rooms => [.. Repository.Projects.Where(project =>
        !project.Value.StartsWith("tests/", StringComparison.Ordinal)).Select(project => project.Key)];

    [Theory]
    [MemberData(nameof(Rooms))]
    public void ARoomUsesWhatTheTableAllows(string room) => Assert.Equal(Allowed[room].Order(), Repository.References(room).Order());

    [Fact]
    public void TheTableHasNoOtherRooms() => Assert.Equal(Rooms.Select(row => row.Data).Order(), Allowed.Keys.Order());

    [Fact]
    public void NeitherProgramKnowsTheOther()
    {
        Assert.DoesNotContain("driver-model", Closure("emulator"));
        Assert.DoesNotContain("emulator", Closure("driver-model"));
        Assert.DoesNotContain("emulator", Closure("test-kit"));
        Assert.DoesNotContain("driver-model", Closure("test-kit"));
    }

    // Benchmarks cut the same cable as tests do.
    [Fact]
    public void NobodyButTestsAndBenchmarksUsesTests() =>
        Assert.All(Rooms.Select(row => row.Data).Where(room => room != "bench"), room =>
            Assert.DoesNotContain("../tests/", Repository.Read(Repository.Projects[room])));

    [Fact]
    public void EveryProjectIsInTheSolution()
    {
        var solution = Repository.Read("Emulator.sln").Replace('\\', '/');

        Assert.All(Repository.Projects.Values, project => Assert.Contains($"\"{project}\"", solution));
    }

    [Fact]
    public void TemplatesReferToThePackagesOfTheirOwnVersion()
    {
        var version = XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("Version").Single().Value;
        var xunit = XDocument.Parse(Repository.Read("Directory.Packages.props")).Descendants("PackageVersion")
            .Single(package => package.Attribute("Include")!.Value == "xunit.v3.mtp-v2").Attribute("Version")!.Value;
        var folder = Path.Combine(Repository.Root, "tools/templates/content");
        var references = Directory.EnumerateFiles(folder, "*.csproj", SearchOption.AllDirectories)
            .SelectMany(path => XDocument.Load(path).Descendants("PackageReference")).ToList();

        Assert.NotEmpty(references);
        Assert.All(references, reference =>
        {
            var expected = reference.Attribute("Include")!.Value.StartsWith("Pcie.", StringComparison.Ordinal) ? version : xunit;
            Assert.Equal(expected, reference.Attribute("Version")!.Value);
        });
    }

    [Fact]
    public void ThePackageForPythonHasTheVersionOfTheOthers()
    {
        var version = XDocument.Parse(Repository.Read("Directory.Build.props")).Descendants("Version").Single().Value;

        Assert.Contains($"\nversion = \"{version}\"\n", Repository.Read("tools/python/pyproject.toml"));
        Assert.Contains($"pcie_testkit-{version}-py3-none-any.whl", Repository.Read("docs/own-python.md"));
    }

    [Theory]
    [InlineData("pcie-card/card", 80)]
    [InlineData("pcie-driver/driver", 80)]
    [InlineData("pcie-tests", 60)]
    public void ATemplateFitsOnAScreenOrTwo(string template, int lines) => Assert.All(
        Directory.EnumerateFiles(Path.Combine(Repository.Root, "tools/templates/content", template), "My*.cs"),
        path => Assert.InRange(File.ReadLines(path).Count(), 1, lines));

    private static HashSet<string> Closure(string project)
    {
        var all = new HashSet<string>();
        var next = new Stack<string>([project]);
        while (next.TryPop(out var one))
            foreach (var reference in Repository.References(one))
                if (all.Add(reference)) next.Push(reference);
        return all;
    }

    [GeneratedRegex(@"^\| `(?:(?:proto|tools)/)?(?<room>[a-z.-]+)` \|[^|\n]*\| (?<uses>[^|\n]*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();
}
