using System.CommandLine;
using Pcie.Emulator;

namespace Pcie.Emu.Commands;

/// <summary><c>emu card</c>: the program emulator, for those who have this one installed.</summary>
internal static class CardCommand
{
    public static Command Create()
    {
        var command = new Command("card", "Serve a card to hosts: the program emulator.");
        EmulatorProgram.AddTo(command);
        return command;
    }
}
