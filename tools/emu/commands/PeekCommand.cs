using System.CommandLine;
using Pcie.Control.Wire;
using Pcie.Emu.Forms.Cards;
using Pcie.Emu.Maps;
using Pcie.Program;
using Pcie.Scenario;

namespace Pcie.Emu.Commands;

/// <summary><c>emu peek</c>: reads a register of a running card by the back door, without side effects.</summary>
internal static class PeekCommand
{
    public static Command Create()
    {
        var command = new Command("peek", "Read a register of a running card, without side effects.");
        var access = new CardAccess(command, takesMap: true);
        var register = CardAccess.Register();
        command.Arguments.Add(register);
        command.SetAction(async (parsed, cancellation) =>
        {
            var (name, place) = CardAccess.ParseRegister(parsed.GetRequiredValue(register));
            var map = access.Map(parsed);
            using var opened = access.Open(parsed);
            var client = opened.Client;
            var card = map is null ? await client.DescribeAsync(new DescribeRequest(), null, CardAccess.Deadline, cancellation)
                : new CardDescription { Registers = { map.All } };
            var (of, field) = CardAccess.Split(name, card);
            var request = of is null ? new PeekRequest { Place = place } : new PeekRequest { Name = of };
            var answer = map is not null && of is not null
                ? await MappedRegisters.PeekAsync(client, map.Find(of), CardAccess.Deadline, cancellation)
                : await client.PeekAsync(request, null, CardAccess.Deadline, cancellation);
            if (field is not null && FieldOf(answer, field) is var one)
                access.Print(parsed, () => RegisterFigures.Of(answer, one), () => $"{name,-22} 0x{one.Value:x}");
            else
                access.Print(parsed, () => RegisterFigures.Of(answer), () => CardAccess.TextOf(answer, card));
            return ExitStatus.Done;
        });
        return command;
    }

    private static FieldValue FieldOf(RegisterValue register, string name)
    {
        var names = register.Fields.Select(field => field.Name).ToList();
        return register.Fields.FirstOrDefault(field => field.Name == name) ?? throw new FormatException(
            $"{register.Name} has no field '{name}'{(Spelling.Nearest(name, names) is { } near ? $"; did you mean {near}?" : ".")} "
            + $"It has {(names.Count == 0 ? "none" : string.Join(", ", names))}.");
    }
}
