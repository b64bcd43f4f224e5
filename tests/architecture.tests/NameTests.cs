using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Pcie.Architecture.Tests;

/// <summary>Folder, namespace, assembly and test project have one word for one thing.</summary>
public sealed partial class NameTests
{
    // A word of several parts that a folder writes as one.
    private static readonly Dictionary<string, string> Words = new()
    {
        ["commandline"] = "CommandLine", ["latencymon"] = "LatencyMon", ["whatif"] = "WhatIf",
    };

    private static readonly string[] Programs = ["emulator", "driver-model", "emu", "bench", "docs"];

    public static TheoryData<string> Projects => [.. Repository.Projects.Keys];

    [Theory]
    [MemberData(nameof(Projects))]
    public void AProjectIsCalledAsItsFolder(string project)
    {
        var path = Repository.Projects[project];
        var properties = XDocument.Parse(Repository.Read(path)).Descendants("PropertyGroup").Elements().ToLookup(p => p.Name.LocalName, p => p.Value);
        var name = NamespaceOf(Path.GetDirectoryName(path)!.Replace('\\', '/'));

        Assert.Equal(project, Path.GetFileName(Path.GetDirectoryName(path)));
        Assert.Equal([name], properties["RootNamespace"]);
        // A program is called as people type it.
        Assert.Equal([Programs.Contains(project) ? project : name], properties["AssemblyName"]);
    }

    [Fact]
    public void ANamespaceIsItsFolder() => Repository.AssertNone(
        from file in Repository.Files("*.cs")
        let declared = Namespace().Match(Repository.Read(file))
        where declared.Success && declared.Groups[1].Value != NamespaceOf(Path.GetDirectoryName(file)!.Replace('\\', '/'))
            // Generated code has the namespace of its .proto; what is added to its classes has to be there too.
            && !declared.Groups[1].Value.EndsWith(".Wire", StringComparison.Ordinal)
        select $"{file}: namespace {declared.Groups[1].Value}");

    [Theory]
    [MemberData(nameof(Projects))]
    public void ATestProjectIsCalledAsWhatItTests(string project)
    {
        string[] others = ["architecture.tests", "end-to-end.tests", "fuzz.tests", "guest.tests", "slow.tests", "fixtures", "fixtures.programs"];
        if (!Repository.Projects[project].StartsWith("tests/", StringComparison.Ordinal) || others.Contains(project)) return;

        Assert.EndsWith(".tests", project, StringComparison.Ordinal);
        Assert.Contains(project[..^".tests".Length], Repository.Projects.Keys);
    }

    private static string NamespaceOf(string folder) => "Pcie." + string.Join('.', folder.Split('/')
        .SkipWhile(part => part is "proto" or "tools" or "tests").SelectMany(part => part.Split('.')).Select(Pascal));

    private static string Pascal(string word) => Words.TryGetValue(word, out var known) ? known
        : string.Concat(word.Split('-').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));

    [GeneratedRegex(@"^namespace ([\w.]+)", RegexOptions.Multiline)]
    private static partial Regex Namespace();
}
