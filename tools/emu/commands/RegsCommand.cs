using System.CommandLine;
using Grpc.Core;
using Pcie.Control.Wire;
using Pcie.Emu.Forms.Cards;
using Pcie.Emu.Maps;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary><c>emu regs</c>: all registers of a running card, with their values.</summary>
internal static class RegsCommand
{
    public static Command Create()
    {
        var command = new Command("regs", "Show all registers of a running card.");
        var access = new CardAccess(command, takesMap: true);
        var describe = new Option<bool>("--describe") { Description = "Show what registers and fields mean, rather than their values." };
        command.Options.Add(describe);
        command.SetAction(async (parsed, cancellation) =>
        {
            var map = access.Map(parsed);
            using var opened = access.Open(parsed);
            var client = opened.Client;
            var card = await client.DescribeAsync(new DescribeRequest(), null, CardAccess.Deadline, cancellation);
            if (map is null && card.Registers.Count == 0)
                throw new FormatException($"'{card.Name}' says nothing of its registers; name them with --map FILE (SystemRDL, IP-XACT, "
                    + "CMSIS-SVD or CSV).");
            if (map is not null)
            {
                card.Registers.Clear();
                card.Registers.Add(map.All);
            }
            if (parsed.GetValue(describe))
            {
                access.Print(parsed, () => RegisterMapFigures.Of(card), () => TextOf(card));
                return ExitStatus.Done;
            }
            var values = new List<RegisterValue>();
            foreach (var register in card.Registers)
                if (map is null)
                    values.Add(await client.PeekAsync(new PeekRequest { Name = register.Name }, null, CardAccess.Deadline, cancellation));
                else if (await TryPeekAsync(client, register, cancellation) is { } value) values.Add(value);
            access.Print(parsed, () => RegistersFigures.Of(card, values),
                () => string.Join('\n', values.Select(one => CardAccess.TextOf(one, card)).Prepend(Head(card))));
            return ExitStatus.Done;
        });
        return command;
    }

    // What the map has and the card has not is said, and the others are shown.
    private static async Task<RegisterValue?> TryPeekAsync(
        CardControl.CardControlClient client, RegisterDescription register, CancellationToken cancellation)
    {
        try
        {
            return await MappedRegisters.PeekAsync(client, register, CardAccess.Deadline, cancellation);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            Console.Error.WriteLine($"note: the card has no register where the map has {register.Name}, at {register.Bar}:0x{register.Offset:x3}");
            return null;
        }
    }

    private static string Head(CardDescription card) =>
        $"{card.Name}  {card.VendorId:x4}:{card.DeviceId:x4}  {string.Join(", ", card.Bars.Select(b => $"BAR{b.Number} {b.Size} bytes"))}";

    private static string TextOf(CardDescription card) => string.Join('\n', card.Registers.SelectMany(LinesOf).Prepend(Head(card)));

    private static IEnumerable<string> LinesOf(RegisterDescription register) => register.Fields
        .Select(field => $"    {BitsOf(field),-7}{field.Access,-4} {field.Name}: {field.Description}")
        .Prepend($"{register.Name,-22} {register.Bar}:0x{register.Offset:x3}  {register.Description}, reset {Hex(register)}");

    private static string Hex(RegisterDescription register) =>
        "0x" + register.ResetValue.ToString($"x{register.WidthBits / 4}", System.Globalization.CultureInfo.InvariantCulture);

    private static string BitsOf(FieldDescription field) =>
        field.WidthBits == 1 ? $"{field.LowestBit}" : $"{field.LowestBit + field.WidthBits - 1}..{field.LowestBit}";
}
