using System.Runtime.CompilerServices;
using System.Xml.Linq;

namespace Pcie.Architecture.Tests;

/// <summary>The files that these tests are about.</summary>
internal static class Repository
{
    public static string Root { get; } = Path.GetFullPath("../..", Path.GetDirectoryName(ThisFile())!);

    /// <summary>Files of the repository by their ending, as paths from its root with slashes; none that a build makes.</summary>
    public static IEnumerable<string> Files(string pattern) => Directory.EnumerateFiles(Root, pattern, SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Root, path).Replace('\\', '/'))
        // What a template makes is a project of somebody's, and not of ours.
        .Where(path => !path.StartsWith("tools/templates/content/", StringComparison.Ordinal))
        .Where(path => !path.Split('/').Any(part => part is "bin" or "obj" or "node_modules" || part.StartsWith(".git", StringComparison.Ordinal)))
        .Order(StringComparer.Ordinal);

    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path)).ReplaceLineEndings("\n");

    /// <summary>Projects by name, which is that of their folder.</summary>
    public static IReadOnlyDictionary<string, string> Projects { get; } =
        Files("*.csproj").ToDictionary(path => Path.GetFileNameWithoutExtension(path));

    /// <summary>Names of the projects that a project refers to.</summary>
    public static IEnumerable<string> References(string project) => XDocument.Parse(Read(Projects[project])).Descendants("ProjectReference")
        .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

    /// <summary>Fails with all of them, a line each.</summary>
    public static void AssertNone(IEnumerable<string> found) => Assert.True(!found.Any(), string.Join('\n', found));

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
