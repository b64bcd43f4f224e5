using System.CommandLine;
using Pcie.DriverModel.Scenario;

namespace Pcie.DriverModel;

/// <summary>The program around the drivers that are here, one of which the scenario chooses.</summary>
public static class DriverModelProgram
{
    /// <returns>The exit status.</returns>
    public static Task<int> RunAsync(string[] arguments)
    {
        var command = new RootCommand("Runs a modelled host and driver against a PCI Express card.");
        AddTo(command);
        return DriverProgram.RunAsync("driver-model", command, arguments);
    }

    /// <summary>Makes a command the program: gives it options and action.</summary>
    /// <param name="find">The file that --scenario means; null for the one of that path.</param>
    public static void AddTo(Command command, Func<string, string>? find = null) => DriverProgram.AddTo(command, DriverKinds.Read, null, find);
}
