using System.CommandLine;
using Pcie.Emulator.Hosting;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.Emulator;

/// <summary>The program around the cards that are here, one of which is chosen.</summary>
public static class EmulatorProgram
{
    /// <returns>The exit status.</returns>
    public static Task<int> RunAsync(string[] arguments)
    {
        return CardProgram.RunAsync("emulator", Create(), arguments, isOurs: true);
    }

    /// <summary>Its command line.</summary>
    public static RootCommand Create()
    {
        var command = new RootCommand("Emulates a PCI Express card that a driver model attaches to.");
        AddTo(command);
        return command.WithExamples(
            "emulator                                        # on http://127.0.0.1:5000",
            "emulator --device edu --listen unix:/tmp/edu.sock",
            "emulator --scenario vector-per-cause --once     # a shipped scenario, or a file of yours");
    }

    /// <summary>Makes a command the program: gives it options and action.</summary>
    public static void AddTo(Command command)
    {
        var device = new Option<string?>("--device")
        {
            Description = "Which card, instead of the scenario's: daq, the data-acquisition card; edu, a device as QEMU's of that name; nvme, a "
                + "disk; endpoint-test, for Linux' pci_endpoint_test; registers, a card made of --map; or rtl:PATH, a shared library "
                + "of simulated RTL, or rtl-socket:PATH, a simulator that listens there.",
            HelpName = "NAME",
        };
        var sourceFile = new Option<string?>("--file") { Description = "Stream this file, whatever the scenario's source is.", HelpName = "PATH" };
        var map = new Option<string?>("--map")
        {
            Description = "The registers of --device registers: SystemRDL, IP-XACT, CMSIS-SVD or CSV; FILE#NAME for one block of it.",
            HelpName = "FILE",
        };
        var id = new Option<string?>("--id")
        {
            Description = "Vendor and device ID of --device registers, in hexadecimal: fda0:da02 unless given.", HelpName = "VENDOR:DEVICE",
        };
        var config = new Option<string?>("--device-config")
        {
            Description = "What the card of --device rtl: is to the bus: IDs, BARs, messages, clock, pins.", HelpName = "FILE",
        };
        var wave = new Option<string?>("--wave")
        {
            Description = "Waveforms of --device rtl: go here; the library must have been built with them.", HelpName = "FILE",
        }.AcceptWritableFilesOnly();
        foreach (var option in (Option[])[device, config, wave, map, id, sourceFile]) command.Options.Add(option);
        CardProgram.AddTo(command, (parsed, scenario) => CardKinds.Read(scenario,
            CardInstead.Parse(parsed.GetValue(device), parsed.GetValue(config), parsed.GetValue(wave)) with
            {
                SourceFile = parsed.GetValue(sourceFile), Map = parsed.GetValue(map), Id = parsed.GetValue(id),
            }), ScenarioCatalog.Find);
    }
}
