using System.CommandLine;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;

namespace Pcie.Emulator;

/// <summary>The program around the cards that are here, one of which is chosen.</summary>
public static class EmulatorProgram
{
    /// <returns>The exit status.</returns>
    public static Task<int> RunAsync(string[] arguments)
    {
        var command = new RootCommand("Emulates a PCI Express card that a driver model attaches to.");
        AddTo(command);
        return CardProgram.RunAsync("emulator", command, arguments);
    }

    /// <summary>Makes a command the program: gives it options and action.</summary>
    /// <param name="find">The file that --scenario means; null for the one of that path.</param>
    public static void AddTo(Command command, Func<string, string>? find = null)
    {
        var device = new Option<string>("--device")
        {
            Description = "Which card: daq, the data-acquisition card, or edu, a device as QEMU's of that name.", HelpName = "NAME",
            DefaultValueFactory = _ => "daq",
        };
        var sourceFile = new Option<string?>("--file") { Description = "Stream this file, whatever the scenario's source is.", HelpName = "PATH" };
        command.Options.Add(device);
        command.Options.Add(sourceFile);
        CardProgram.AddTo(command, (parsed, scenario) => DesignOf(parsed.GetRequiredValue(device), parsed.GetValue(sourceFile), scenario), find);
    }

    private static CardDesign DesignOf(string device, string? sourceFile, CardScenario scenario)
    {
        if (device is not ("daq" or "edu")) throw new FormatException($"--device {device}: there is no such card; expected daq or edu.");
        if (device == "edu")
            return sourceFile is null ? CardDesign.Edu : throw new FormatException("--file: the edu device has no source of data; use --device daq.");
        var options = DaqCardOptions.Read(scenario.File, scenario.Run.Seed);
        if (sourceFile is not null) options = options with { Source = SourceKind.File, Path = Path.GetFullPath(sourceFile) };
        return CardDesign.Daq(options);
    }
}
