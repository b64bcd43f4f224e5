using System.CommandLine;
using Pcie.Control.Wire;
using Pcie.Emu.Listing;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary>
/// <c>emu lspci</c>: configuration space of a running card, as <c>lspci -xxxx</c> writes it and <c>lspci -F</c> reads it
/// (pciutils, lspci(8)).
/// </summary>
internal static class LspciCommand
{
    public static Command Create()
    {
        var command = new Command("lspci", "Dump configuration space of a running card, for lspci -vvv -F.");
        var access = new CardAccess(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var opened = access.Open(parsed);
            var client = opened.Client;
            var space = await client.ReadConfigAsync(new ReadConfigRequest(), null, CardAccess.Deadline, cancellation);
            Console.Write(ConfigDump.Of(space.Bytes.Span));
            return ExitStatus.Done;
        });
        return command;
    }
}
