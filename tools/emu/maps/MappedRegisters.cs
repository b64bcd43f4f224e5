using Pcie.Control.Wire;
using Pcie.Registers.Formats;
using Pcie.Scenario;

namespace Pcie.Emu.Maps;

/// <summary>
/// Registers that a file names, of a card that has them at those places, whatever it calls them itself. A register of 64 bits is read and written as
/// two, the lower half first.
/// </summary>
internal sealed class MappedRegisters
{
    private const uint Dword = 32;

    private MappedRegisters(IReadOnlyList<RegisterDescription> registers) => All = registers;

    public IReadOnlyList<RegisterDescription> All { get; }

    /// <param name="path">FILE, or FILE#NAME for one block of it.</param>
    /// <exception cref="InvalidDataException">It is no map.</exception>
    public static MappedRegisters Load(string path) => new(MapDescription.Of(MapFile.Load(path).Map));

    /// <exception cref="FormatException">There is none of that name.</exception>
    public RegisterDescription Find(string name) => All.FirstOrDefault(register => register.Name == name) ?? throw new FormatException(
        $"The map has no register '{name}'{(Spelling.Nearest(name, All.Select(one => one.Name)) is { } near ? $"; did you mean {near}?" : ".")}");

    public static async Task<RegisterValue> PeekAsync(
        CardControl.CardControlClient client, RegisterDescription register, DateTime deadline, CancellationToken cancellation)
    {
        var value = 0UL;
        for (var half = 0UL; half < register.WidthBits; half += Dword)
        {
            var request = new PeekRequest { Place = PlaceOf(register, half) };
            value |= (await client.PeekAsync(request, null, deadline, cancellation)).Value << (int)half;
        }
        return ValueOf(register, value >> ShiftOf(register));
    }

    /// <exception cref="FormatException">The value does not fit, or the register shares its four bytes with another.</exception>
    public async Task<RegisterValue> PokeAsync(
        CardControl.CardControlClient client, RegisterDescription register, ulong value, DateTime deadline, CancellationToken cancellation)
    {
        if (value > ulong.MaxValue >> (int)(64 - register.WidthBits))
            throw new FormatException($"0x{value:X} does not fit {register.Name}, which has {register.WidthBits} bits.");
        // By the back door a write is one of four bytes.
        if (register.WidthBits < Dword && All.FirstOrDefault(other => other != register && other.Bar == register.Bar
            && other.Offset / 4 == register.Offset / 4) is { } other)
            throw new FormatException($"{register.Name} shares its four bytes with {other.Name}, which a write would change too; write both, by "
                + $"their place {register.Bar}:0x{register.Offset & ~3UL:x}.");
        for (var half = 0UL; half < register.WidthBits; half += Dword)
        {
            var request = new PokeRequest { Place = PlaceOf(register, half), Value = (uint)(value << ShiftOf(register) >> (int)half) };
            await client.PokeAsync(request, null, deadline, cancellation);
        }
        return await PeekAsync(client, register, deadline, cancellation);
    }

    private static RegisterPlace PlaceOf(RegisterDescription register, ulong half) =>
        new() { Bar = register.Bar, Offset = (register.Offset & ~3UL) + half / 8 };

    private static int ShiftOf(RegisterDescription register) => (int)(register.Offset & 3) * 8;

    private static RegisterValue ValueOf(RegisterDescription register, ulong value)
    {
        value &= ulong.MaxValue >> (int)(64 - register.WidthBits);
        var result = new RegisterValue { Name = register.Name, Bar = register.Bar, Offset = register.Offset, Value = value };
        result.Fields.AddRange(register.Fields.Select(one => new FieldValue
        {
            Name = one.Name, Value = value >> (int)one.LowestBit & ulong.MaxValue >> (int)(64 - one.WidthBits),
        }));
        return result;
    }
}
