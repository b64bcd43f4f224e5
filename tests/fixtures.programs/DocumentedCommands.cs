namespace Pcie.Fixtures.Programs;

/// <summary>
/// The commands of a page of the documents, in their order: lines of its indented and fenced blocks that begin with a program, or with a prompt that
/// says where they are typed. Remarks behind <c> #</c> are left out.
/// </summary>
public static class DocumentedCommands
{
    private static readonly string[] Programs =
    [
        "dotnet", "cd", "emu", "emulator", "driver-model", "eval", "python3", "pip", "pytest", "docker", "qemu-system-x86_64", "xperf", "trace-cmd",
        "perf", "cat", "apt-get", "openssl", "curl", "systemctl", "emulator/rtl/verilator/build-card",
    ];

    private static readonly string[] Prompts = ["clone$ ", "card$ ", "host$ ", "first$ ", "second$ ", "$ "];

    /// <summary>The pages that a newcomer reads: README and docs.</summary>
    public static IReadOnlyList<string> Pages { get; } =
    [
        "README.md", .. Directory.GetFiles(Path.Combine(ShippedScenarios.Repository, "docs"), "*.md").Order(StringComparer.Ordinal)
            .Select(path => $"docs/{Path.GetFileName(path)}"),
    ];

    /// <param name="page">Within the repository.</param>
    public static IReadOnlyList<string> Of(string page)
    {
        var (commands, isFenced) = (new List<string>(), false);
        var begun = "";
        foreach (var line in File.ReadLines(Path.Combine(ShippedScenarios.Repository, page)))
        {
            if (line.StartsWith("```", StringComparison.Ordinal)) isFenced = !isFenced;
            if (!isFenced && !line.StartsWith("    ", StringComparison.Ordinal)) continue;
            var typed = begun + line.Split(" #")[0].Trim();
            begun = typed.EndsWith('\\') ? typed[..^1] : "";
            if (begun.Length > 0) continue;
            var prompt = Array.Find(Prompts, one => typed.StartsWith(one, StringComparison.Ordinal)) ?? "";
            // What a program prints may begin with its name, and a colon.
            if (Programs.Contains(typed[prompt.Length..].Split(' ')[0]) && !Looks(typed[prompt.Length..])) commands.Add(typed);
        }
        return commands;
    }

    // A drawing of a program, not a command.
    private static bool Looks(string line) => line.Contains("   ", StringComparison.Ordinal);
}
