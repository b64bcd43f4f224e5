using System.CommandLine;
using Pcie.DriverModel.Scenario;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.DriverModel;

/// <summary>The program around the drivers that are here, one of which the scenario chooses.</summary>
public static class DriverModelProgram
{
    /// <returns>The exit status.</returns>
    public static Task<int> RunAsync(string[] arguments)
    {
        return DriverProgram.RunAsync("driver-model", Create(), arguments, isOurs: true);
    }

    /// <summary>Its command line.</summary>
    public static RootCommand Create()
    {
        var command = new RootCommand("Runs a modelled host and driver against a PCI Express card.");
        AddTo(command);
        return command.WithExamples(
            "driver-model --card http://127.0.0.1:5000 --scenario late-dpc --duration 10s",
            "driver-model --card unix:/tmp/card.sock --scenario mine.toml --json");
    }

    /// <summary>Makes a command the program: gives it options and action.</summary>
    public static void AddTo(Command command) => DriverProgram.AddTo(command, DriverKinds.Read, null, ScenarioCatalog.Find);
}
