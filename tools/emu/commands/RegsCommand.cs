using System.CommandLine;
using Pcie.Control.Wire;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary><c>emu regs</c>: all registers of a running card, with their values.</summary>
internal static class RegsCommand
{
    public static Command Create()
    {
        var command = new Command("regs", "Show all registers of a running card.");
        var access = new CardAccess(command);
        var describe = new Option<bool>("--describe") { Description = "Show what registers and fields mean, rather than their values." };
        command.Options.Add(describe);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var channel = access.Open(parsed);
            var client = new CardControl.CardControlClient(channel);
            var card = await client.DescribeAsync(new DescribeRequest(), null, CardAccess.Deadline, cancellation);
            if (parsed.GetValue(describe))
            {
                access.Print(parsed, card, TextOf);
                return ExitStatus.Done;
            }
            var values = new RegisterValues();
            foreach (var register in card.Registers)
                values.Registers.Add(await client.PeekAsync(new PeekRequest { Name = register.Name }, null, CardAccess.Deadline, cancellation));
            access.Print(parsed, values, all => string.Join('\n', all.Registers.Select(one => CardAccess.TextOf(one, card)).Prepend(Head(card))));
            return ExitStatus.Done;
        });
        return command;
    }

    private static string Head(CardDescription card) =>
        $"{card.Name}  {card.VendorId:x4}:{card.DeviceId:x4}  {string.Join(", ", card.Bars.Select(b => $"BAR{b.Number} {b.Size} bytes"))}";

    private static string TextOf(CardDescription card) => string.Join('\n', card.Registers.SelectMany(LinesOf).Prepend(Head(card)));

    private static IEnumerable<string> LinesOf(RegisterDescription register) => register.Fields
        .Select(field => $"    {BitsOf(field),-7}{field.Access,-4} {field.Name}: {field.Description}")
        .Prepend($"{register.Name,-22} {register.Bar}:0x{register.Offset:x3}  {register.Description}, reset 0x{register.ResetValue:x8}");

    private static string BitsOf(FieldDescription field) =>
        field.WidthBits == 1 ? $"{field.LowestBit}" : $"{field.LowestBit + field.WidthBits - 1}..{field.LowestBit}";
}
