using System.CommandLine;
using System.Reflection;
using Pcie.Diagnosis.Report;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.Emu.Commands;

/// <summary><c>--report DIR</c> of the commands that explain something.</summary>
internal static class ReportOption
{
    public static Option<string?> Create() => new Option<string?>("--report")
    {
        Description = $"Write {ReportPage.FileName} into this folder: pictures of the worst cases, one file that opens offline.", HelpName = "DIR",
    }.AcceptWritableFoldersOnly();

    /// <summary>Writes the report if it was asked for, and says where it is unless one JSON object is to be all of the output.</summary>
    /// <param name="scenario">What was run; null if nothing was.</param>
    public static void Write(string? folder, bool json, Func<ReportContent> content, ScenarioFile? scenario = null)
    {
        if (folder is null) return;
        var path = ReportPage.Write(content() with { Origin = Origin(scenario) }, folder);
        if (!json) Console.WriteLine($"\nWith pictures: {path}");
    }

    /// <summary>This program, as it was called.</summary>
    public static ReportOrigin Origin(ScenarioFile? scenario) => new(
        typeof(ReportOption).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0] ?? "unknown",
        string.Join(' ', Environment.GetCommandLineArgs().Skip(1).Prepend("emu")), scenario?.Text);
}
