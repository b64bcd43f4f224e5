using System.CommandLine;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.Emu.Commands;

/// <summary><c>emu new</c>: a scenario of one's own to begin with, and the schema beside it.</summary>
internal static class NewCommand
{
    private static string Beginning => Path.Combine(AppContext.BaseDirectory, "beginnings", "scenario.toml");

    public static Command Create()
    {
        var file = new Argument<string>("file") { Description = "The file to write; .toml is added to a plain name." };
        var from = new Option<string?>("--from")
        {
            Description = "Begin with this shipped scenario, or this file, instead of a short one.", HelpName = "NAME",
        };
        from.CompletionSources.Add(_ => ScenarioCatalog.Names);
        var command = new Command("new", "Write a scenario of your own to begin with, with its schema beside it. A card, a driver or tests of "
            + "your own begin with dotnet new pcie-card, pcie-driver or pcie-tests.") { file, from };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(file);
            if (Path.GetExtension(path).Length == 0) path += ".toml";
            if (File.Exists(path)) throw new FormatException($"{path} is there already; choose another name, or take it away first.");
            var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
            if (!Directory.Exists(folder)) throw new FormatException($"There is no folder {folder}; make it first.");
            var source = parsed.GetValue(from) is { } name ? ScenarioCatalog.Find(name) : Beginning;
            File.Copy(source, path);
            var schema = Path.Combine(folder, Path.GetFileName(ScenarioCatalog.Schema));
            File.Copy(ScenarioCatalog.Schema, schema, overwrite: true);
            Console.WriteLine($"{path}: a scenario; an editor that knows TOML schemas completes it by {Path.GetFileName(schema)} beside it.");
            Console.WriteLine($"next: emu run {path}");
            return ExitStatus.Done;
        });
        return command;
    }
}
