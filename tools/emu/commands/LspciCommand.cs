using System.Buffers.Binary;
using System.CommandLine;
using System.Text;
using Pcie.Control.Wire;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary>
/// <c>emu lspci</c>: configuration space of a running card, as <c>lspci -xxxx</c> writes it and <c>lspci -F</c> reads it
/// (pciutils, lspci(8)).
/// </summary>
internal static class LspciCommand
{
    private const int BytesPerLine = 16;

    public static Command Create()
    {
        var command = new Command("lspci", "Dump configuration space of a running card, for lspci -vvv -F.");
        var access = new CardAccess(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var channel = access.Open(parsed);
            var client = new CardControl.CardControlClient(channel);
            var space = await client.ReadConfigAsync(new ReadConfigRequest(), null, CardAccess.Deadline, cancellation);
            Console.Write(Dump(space.Bytes.Span));
            return ExitStatus.Done;
        });
        return command;
    }

    private static string Dump(ReadOnlySpan<byte> space)
    {
        var (vendor, device, kind) = (Word(space, 0), Word(space, 2), Word(space, 10));
        var text = new StringBuilder($"00:00.0 Class {kind:x4}: {vendor:x4}:{device:x4} (rev {space[8]:x2})\n");
        for (var at = 0; at < space.Length; at += BytesPerLine)
        {
            text.Append($"{at:x2}:");
            foreach (var one in space.Slice(at, BytesPerLine)) text.Append($" {one:x2}");
            text.Append('\n');
        }
        return text.ToString();
    }

    private static ushort Word(ReadOnlySpan<byte> space, int at) => BinaryPrimitives.ReadUInt16LittleEndian(space[at..]);
}
