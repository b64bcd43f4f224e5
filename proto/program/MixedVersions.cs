using System.Reflection;

namespace Pcie.Program;

/// <summary>
/// Packages of ours of several versions in one program, which NuGet lets through: what the code of one was compiled against, the other need not have.
/// </summary>
public static class MixedVersions
{
    /// <summary>What is to be said of an exception that comes of them; null for any other.</summary>
    /// <param name="loaded">The program's assemblies.</param>
    public static string? RefusalOf(Exception e, IEnumerable<AssemblyName> loaded)
    {
        if (e is TypeInitializationException { InnerException: { } inner }) return RefusalOf(inner, loaded);
        if (e is not (MissingMemberException or TypeLoadException or FileLoadException)) return null;
        var versions = loaded.Where(one => one.Name!.StartsWith("Pcie.", StringComparison.Ordinal)).GroupBy(one => one.Version)
            .OrderBy(group => group.Key).ToList();
        return versions.Count < 2 ? null : $"{e.Message} The packages Pcie.* here are of several versions, "
            + string.Join("; ", versions.Select(group => $"{string.Join(", ", group.Select(one => one.Name).Order())} of {group.Key}"))
            + ": give all of them the same, and build anew.";
    }
}
