using System.CommandLine;
using Pcie.Control.Wire;
using Pcie.Host.Run;

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
            Console.WriteLine($"{card.Name}  {card.VendorId:x4}:{card.DeviceId:x4}  "
                + string.Join(", ", card.Bars.Select(b => $"BAR{b.Number} {b.Size} bytes")));
            foreach (var register in card.Registers)
            {
                if (parsed.GetValue(describe)) Describe(register);
                else CardAccess.Print(await client.PeekAsync(new PeekRequest { Name = register.Name }, null, CardAccess.Deadline, cancellation));
            }
            return ExitStatus.Success;
        });
        return command;
    }

    private static void Describe(RegisterDescription register)
    {
        Console.WriteLine($"{register.Name,-22} {register.Bar}:0x{register.Offset:x3}  {register.Description}, reset 0x{register.ResetValue:x8}");
        foreach (var field in register.Fields)
        {
            var bits = field.WidthBits == 1 ? $"{field.LowestBit}" : $"{field.LowestBit + field.WidthBits - 1}..{field.LowestBit}";
            Console.WriteLine($"    {bits,-7}{field.Access,-4} {field.Name}: {field.Description}");
        }
    }
}
