namespace Pcie.TestKit;

/// <summary>
/// What the names in a test plan mean. A profile brings those that it needs; those of an emulated card are made of its declaration
/// (<c>EmulatedCardMap</c>).
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

    /// <summary>No names.</summary>
    public static RegisterMap Empty { get; } = new();

    /// <summary>All names, registers and fields.</summary>
    public IReadOnlyCollection<string> Names => places.Keys;

    /// <summary>Names a register of 32 bits.</summary>
    /// <exception cref="ArgumentException">The name is taken, or the offset is not DW-aligned.</exception>
    public RegisterMap Register(string name, int bar, uint offset)
    {
        if (offset % 4 != 0) throw new ArgumentException($"{name} is at 0x{offset:X}: expected a multiple of 4.", nameof(offset));
        places.Add(name, new RegisterPlace(bar, offset));
        kept.Add(name, 0);
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
        if (bit < 0 || width < 1 || bit + width > 32)
            throw new ArgumentException($"{name}: bits {bit + width - 1}..{bit} are not in 32.", nameof(bit));
        places.Add(name, place with { Shift = bit, Width = width });
        if (keeps) kept[register] |= uint.MaxValue >> (32 - width) << bit;
        return this;
    }

    /// <summary>The register at a place; null if none is named there.</summary>
    public string? NameOf(int bar, uint offset)
    {
        var place = new RegisterPlace(bar, offset & ~3u);
        return kept.Keys.FirstOrDefault(name => places[name] == place);
    }

    /// <summary>What a name means.</summary>
    /// <exception cref="NotApplicableException">Nothing: the text says which names there are for it.</exception>
    public RegisterPlace this[string name]
    {
        get
        {
            if (!places.TryGetValue(name, out var place))
                throw new NotApplicableException($"there is no register or field '{name}'; the map "
                    + $"has {(places.Count == 0 ? "no names" : string.Join(", ", kept.Keys))}");
            if (place.Width == 32) return place;
            var own = uint.MaxValue >> (32 - place.Width) << place.Shift;
            return place with { KeptBeside = kept[name.Split('.')[0]] & ~own };
        }
    }
}
