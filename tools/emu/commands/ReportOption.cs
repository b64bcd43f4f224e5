using System.CommandLine;
using Pcie.Diagnosis.Report;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary><c>--report DIR</c> of the commands that explain something.</summary>
internal static class ReportOption
{
    public static Option<string?> Create() => new Option<string?>("--report")
    {
        Description = $"Write {ReportPage.FileName} into this folder: pictures of the worst cases, one file that opens offline.", HelpName = "DIR",
    }.AcceptWritableFoldersOnly();

    /// <summary>Writes the report if it was asked for, and says where it is unless one JSON object is to be all of the output.</summary>
    public static void Write(string? folder, bool json, Func<ReportContent> content)
    {
        if (folder is null) return;
        var path = ReportPage.Write(content(), folder);
        if (!json) Console.WriteLine($"\nWith pictures: {path}");
    }
}
