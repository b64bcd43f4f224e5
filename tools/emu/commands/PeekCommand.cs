using System.CommandLine;
using Pcie.Control.Wire;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary><c>emu peek</c>: reads a register of a running card by the back door, without side effects.</summary>
internal static class PeekCommand
{
    public static Command Create()
    {
        var command = new Command("peek", "Read a register of a running card, without side effects.");
        var access = new CardAccess(command);
        var register = CardAccess.Register();
        command.Arguments.Add(register);
        command.SetAction(async (parsed, cancellation) =>
        {
            var (name, place) = CardAccess.ParseRegister(parsed.GetRequiredValue(register));
            using var channel = access.Open(parsed);
            var request = name is null ? new PeekRequest { Place = place } : new PeekRequest { Name = name };
            var answer = await new CardControl.CardControlClient(channel).PeekAsync(request, null, CardAccess.Deadline, cancellation);
            access.Print(parsed, answer, CardAccess.TextOf);
            return ExitStatus.Done;
        });
        return command;
    }
}
