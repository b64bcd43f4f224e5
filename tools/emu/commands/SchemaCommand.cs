using System.CommandLine;
using Pcie.Emu.Forms;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Tables;

namespace Pcie.Emu.Commands;

/// <summary>
/// <c>emu schema</c>: the JSON Schema of scenario files, by which an editor completes and checks them; or of what a command prints as JSON.
/// </summary>
internal static class SchemaCommand
{
    private const string OfScenarios = "scenario";

    public static Command Create()
    {
        var form = new Argument<string>("form")
        {
            Description = $"Of what: {OfScenarios} files, or what stands before the version in the member schema of a JSON object: "
                + $"{string.Join(", ", OutputForms.Names)}.",
            HelpName = "form", DefaultValueFactory = _ => OfScenarios,
        };
        form.AcceptOnlyFromAmong([OfScenarios, .. OutputForms.Names]);
        var output = new Option<string?>("--out") { Description = "Write it to this file instead of standard output.", HelpName = "FILE" }
            .AcceptWritableFilesOnly();
        var command = new Command("schema", "Print the JSON Schema of scenario files, for an editor, or of a form of JSON output.") { form, output };
        command.SetAction(parsed =>
        {
            var text = parsed.GetRequiredValue(form) is var name && name == OfScenarios ? File.ReadAllText(ScenarioCatalog.Schema)
                : JsonOutput.TextOf(OutputForms.SchemaOf(name)) + "\n";
            if (parsed.GetValue(output) is { } path) File.WriteAllText(path, text);
            else Console.Write(text);
            return ExitStatus.Done;
        });
        return command;
    }
}
