using System.Reflection;
using Pcie.Campaign.Units;

namespace Pcie.Emu.Campaigns;

/// <summary>Which program this is, to the build of its parts: what decides what a unit comes to.</summary>
internal static class ProgramBuild
{
    /// <summary>The version, and a hash over the builds of all our assemblies: <c>0.1.0 (5f0c…)</c>.</summary>
    public static string Version { get; } = $"{Number} ({Hash()[..8]})";

    private static string Number => typeof(ProgramBuild).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?
        .InformationalVersion ?? "unknown";

    // Builds of equal source, made in the same folder with the same tools, are equal.
    private static string Hash()
    {
        var (all, next) = (new SortedDictionary<string, Guid>(StringComparer.Ordinal), new Stack<Assembly>([typeof(ProgramBuild).Assembly]));
        while (next.TryPop(out var one))
        {
            all.TryAdd(one.GetName().Name!, one.ManifestModule.ModuleVersionId);
            foreach (var name in one.GetReferencedAssemblies())
                if (name.Name!.StartsWith("Pcie.", StringComparison.Ordinal) && !all.ContainsKey(name.Name)) next.Push(Assembly.Load(name));
        }
        return ContentHash.Of([.. all.Values.SelectMany(id => id.ToByteArray())]);
    }
}
