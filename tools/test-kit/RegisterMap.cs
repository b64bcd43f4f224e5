using Pcie.Registers;
using Pcie.Registers.Formats;
using Pcie.Registers.Layout;

namespace Pcie.TestKit;

/// <summary>
/// What the names in a test plan mean. A profile brings those that it needs; those of an emulated card are made of its declaration
/// (<c>EmulatedCardMap</c>), those of any device of the file that describes its registers (<see cref="Load"/>).
/// <code>
/// var map = new RegisterMap()
///     .Register("CONTROL", bar: 0, 0x00).Field("CONTROL.ENABLE", bit: 0).Field("CONTROL.MODE", bit: 1, width: 2)
///     .Register("STATUS", bar: 0, 0x04).Field("STATUS.DONE", bit: 0, keeps: false);
/// </code>
/// </summary>
public sealed class RegisterMap
{
    private readonly Dictionary<string, RegisterPlace> places = new(StringComparer.Ordinal);
    private readonly Dictionary<string, uint> kept = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Bar, uint Offset), string> named = [];

    /// <summary>No names.</summary>
    public static RegisterMap Empty { get; } = new();

    /// <summary>All names, registers and fields.</summary>
    public IReadOnlyCollection<string> Names => places.Keys;

    /// <summary>The registers of a file: SystemRDL, IP-XACT, CMSIS-SVD or CSV.</summary>
    /// <param name="path">FILE, or FILE#NAME for one block of it.</param>
    /// <exception cref="InvalidDataException">It is no map, or one that cannot be; the text says in which line and what to do.</exception>
    public static RegisterMap Load(string path) => Of(MapFile.Load(path).Map);

    /// <summary>
    /// The registers of a map. One of 64 bits has two names, _LO and _HI; a name that an earlier BAR has too has its own BAR before it, as in
    /// BAR2_CONTROL.
    /// </summary>
    public static RegisterMap Of(DeviceMap device)
    {
        var map = new RegisterMap();
        foreach (var block in device.Bars)
            foreach (var register in block.Registers)
            {
                if (register.Width < 64) map.Add(block.Bar!.Value, register.Name, (uint)register.Offset, register.Bytes, register.Fields);
                else foreach (var half in DwordLayout.Of(block with { Registers = [register] }))
                    map.Add(block.Bar!.Value, half.Name, half.Offset, 4, half.Fields);
            }
        return map;
    }

    /// <summary>Names a register.</summary>
    /// <param name="bytes">1, 2 or 4: what one access moves.</param>
    /// <exception cref="ArgumentException">The name is taken, or the offset is not aligned.</exception>
    public RegisterMap Register(string name, int bar, uint offset, int bytes = 4)
    {
        if (bytes is not (1 or 2 or 4)) throw new ArgumentException($"{name} has {bytes} bytes: expected 1, 2 or 4.", nameof(bytes));
        if (offset % bytes != 0) throw new ArgumentException($"{name} is at 0x{offset:X}: expected a multiple of {bytes}.", nameof(offset));
        places.Add(name, new RegisterPlace(bar, offset, Width: 8 * bytes, Bytes: bytes));
        kept.Add(name, 0);
        named.TryAdd((bar, offset & ~3u), name);
        return this;
    }

    /// <summary>Names a field of a register that is named already: <c>REGISTER.FIELD</c>.</summary>
    /// <param name="keeps">Whether it keeps what is written (RW). Of a field that acts on being written, or is read only: false.</param>
    /// <exception cref="ArgumentException">The name is taken, names no register, or the field leaves it.</exception>
    public RegisterMap Field(string name, int bit, int width = 1, bool keeps = true)
    {
        var register = name.Split('.')[0];
        if (!places.TryGetValue(register, out var place) || register == name)
            throw new ArgumentException($"{name}: expected REGISTER.FIELD, of a register that is named already.", nameof(name));
        if (bit < 0 || width < 1 || bit + width > place.Width)
            throw new ArgumentException($"{name}: bits {bit + width - 1}..{bit} are not in {place.Width}.", nameof(bit));
        places.Add(name, place with { Shift = bit, Width = width });
        if (keeps) kept[register] |= uint.MaxValue >> (32 - width) << bit;
        return this;
    }

    /// <summary>The register at a place; null if none is named there.</summary>
    public string? NameOf(int bar, uint offset) => named.GetValueOrDefault((bar, offset & ~3u));

    /// <summary>What a name means.</summary>
    /// <exception cref="NotApplicableException">Nothing: the text says which names there are for it.</exception>
    public RegisterPlace this[string name]
    {
        get
        {
            if (!places.TryGetValue(name, out var place))
                throw new NotApplicableException($"there is no register or field '{name}'; the map "
                    + $"has {(places.Count == 0 ? "no names" : string.Join(", ", kept.Keys))}");
            if (kept.ContainsKey(name)) return place;
            var own = uint.MaxValue >> (32 - place.Width) << place.Shift;
            return place with { KeptBeside = kept[name.Split('.')[0]] & ~own };
        }
    }

    private void Add(int bar, string name, uint offset, int bytes, IReadOnlyList<MapField> fields)
    {
        if (places.ContainsKey(name)) name = $"BAR{bar}_{name}";
        Register(name, bar, offset, bytes);
        foreach (var one in fields)
            Field($"{name}.{one.Name}", one.LowestBit, one.Width, keeps: one.Access == FieldAccess.ReadWrite);
    }
}
