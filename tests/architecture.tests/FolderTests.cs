using ArchUnitNET.Domain.Extensions;
using ArchUnitNET.Loader;

namespace Pcie.Architecture.Tests;

/// <summary>Within a project, folders use each other one way only: what stands in a folder can be read before what uses it.</summary>
public sealed class FolderTests
{
    [Fact]
    public void FoldersUseEachOtherInNoCircle()
    {
        var uses = Uses();

        Assert.True(uses.Count > 50, "The programs were not loaded.");
        Repository.AssertNone(Circles(uses));
    }

    private static Dictionary<string, HashSet<string>> Uses()
    {
        var assemblies = Directory.GetFiles(AppContext.BaseDirectory, "*.dll")
            .Where(file => Path.GetFileName(file) is "emulator.dll" or "driver-model.dll" or "emu.dll"
                || (Path.GetFileName(file).StartsWith("Pcie.", StringComparison.Ordinal) && !file.EndsWith(".Tests.dll", StringComparison.Ordinal)))
            .Select(System.Reflection.Assembly.LoadFrom).ToArray();
        var uses = new Dictionary<string, HashSet<string>>();
        foreach (var type in new ArchLoader().LoadAssemblies(assemblies).Build().Types)
        {
            if (type.Namespace?.FullName is not { } folder || !IsOurs(folder)) continue;
            if (!uses.TryGetValue(folder, out var targets)) uses[folder] = targets = [];
            foreach (var target in type.GetTypeDependencies())
                if (target.Namespace?.FullName is { } other && IsOurs(other) && other != folder) targets.Add(other);
        }
        return uses;
    }

    private static bool IsOurs(string name) => name.StartsWith("Pcie", StringComparison.Ordinal) && !name.EndsWith(".Wire", StringComparison.Ordinal);

    // Folders from each of which the other can be reached.
    private static IEnumerable<string> Circles(Dictionary<string, HashSet<string>> uses) =>
        from a in uses.Keys.Order(StringComparer.Ordinal)
        from b in uses[a].Order(StringComparer.Ordinal)
        where Reaches(uses, b, a)
        select $"{a} uses {b}, which uses it";

    private static bool Reaches(Dictionary<string, HashSet<string>> uses, string from, string to)
    {
        var seen = new HashSet<string> { from };
        var next = new Stack<string>(seen);
        while (next.TryPop(out var one))
            foreach (var target in uses.GetValueOrDefault(one, []))
            {
                if (target == to) return true;
                if (seen.Add(target)) next.Push(target);
            }
        return false;
    }
}
