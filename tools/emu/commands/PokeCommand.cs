using System.CommandLine;
using Pcie.Control.Wire;
using Pcie.Emu.Forms.Cards;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary><c>emu poke</c>: writes a register of a running card by the back door, side effects included.</summary>
internal static class PokeCommand
{
    public static Command Create()
    {
        var command = new Command("poke", "Write a register of a running card, side effects included.");
        var access = new CardAccess(command, takesMap: true);
        var register = CardAccess.Register();
        var value = new Argument<string>("value") { Description = "What to write, as in 12 or 0x1F." };
        command.Arguments.Add(register);
        command.Arguments.Add(value);
        command.SetAction(async (parsed, cancellation) =>
        {
            var (name, place) = CardAccess.ParseRegister(parsed.GetRequiredValue(register));
            var written = CardAccess.ParseValue(parsed.GetRequiredValue(value));
            var map = access.Map(parsed);
            using var opened = access.Open(parsed);
            var request = name is null ? new PokeRequest { Place = place, Value = written } : new PokeRequest { Name = name, Value = written };
            var client = opened.Client;
            var card = map is null ? await client.DescribeAsync(new DescribeRequest(), null, CardAccess.Deadline, cancellation)
                : new CardDescription { Registers = { map.All } };
            if (CardAccess.Split(name, card) is ({ } whole, { } field) && card.Registers.FirstOrDefault(one => one.Name == whole) is { } of)
                throw new FormatException(FieldRefusal(of, field));
            var answer = map is not null && name is not null
                ? await map.PokeAsync(client, map.Find(name), written, CardAccess.Deadline, cancellation)
                : await client.PokeAsync(request, null, CardAccess.Deadline, cancellation);
            access.Print(parsed, () => RegisterFigures.Of(answer), () => CardAccess.TextOf(answer, card));
            return ExitStatus.Done;
        });
        return command;
    }

    // What the other fields would be written with is for who pokes to say: of some, whatever was read does something.
    private static string FieldRefusal(RegisterDescription register, string name)
    {
        var field = register.Fields.FirstOrDefault(one => one.Name == name);
        var place = field is null ? $"{register.Name} has no field '{name}'"
            : field.WidthBits == 1 ? $"{name} is bit {field.LowestBit} of {register.Name}"
            : $"{name} is bits {field.LowestBit + field.WidthBits - 1}..{field.LowestBit} of {register.Name}";
        return $"'{register.Name}.{name}' cannot be written by itself: a poke writes a whole register, as a driver does. {place}.";
    }
}
