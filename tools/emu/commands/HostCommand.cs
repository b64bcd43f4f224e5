using System.CommandLine;
using Pcie.DriverModel;

namespace Pcie.Emu.Commands;

/// <summary><c>emu host</c>: the program driver-model, for those who have this one installed.</summary>
internal static class HostCommand
{
    public static Command Create()
    {
        var command = new Command("host", "Run a modelled host and driver against a card: the program driver-model.");
        DriverModelProgram.AddTo(command);
        return command;
    }
}
