namespace Pcie.Emulator.Registers;

/// <summary>Which bits of a register do what when software reads or writes them.</summary>
internal struct BitEffects
{
    private const Access Writes = (Access.RW | Access.W1C | Access.W1S | Access.W1T | Access.W0C | Access.W0S | Access.W0T | Access.WC | Access.WS
        | Access.W1 | Access.WO) & ~Access.RO;

    private uint stored, once, oneClears, oneSets, oneToggles, zeroClears, zeroSets, zeroToggles, clears, sets, readClears, readSets;

    // Bits of fields that are written once, and have been.
    private uint settled;

    /// <summary>Bits that a read returns.</summary>
    public uint Readable { get; private set; }

    /// <summary>Bits that a write may change, or that act on one.</summary>
    public uint Writable { get; private set; }

    public void Add(Access access, uint mask)
    {
        if ((access & Access.RO) != 0) Readable |= mask;
        if ((access & Writes) != 0) Writable |= mask;
        Add(ref stored, Access.RW);
        Add(ref once, Access.W1);
        Add(ref oneClears, Access.W1C);
        Add(ref oneSets, Access.W1S);
        Add(ref oneToggles, Access.W1T);
        Add(ref zeroClears, Access.W0C);
        Add(ref zeroSets, Access.W0S);
        Add(ref zeroToggles, Access.W0T);
        Add(ref clears, Access.WC);
        Add(ref sets, Access.WS);
        Add(ref readClears, Access.RC);
        Add(ref readSets, Access.RS);

        void Add(ref uint effect, Access named)
        {
            if ((access & named & ~Access.RO) != 0) effect |= mask;
        }
    }

    /// <summary>What is left of a value when the bytes of a mask have been read.</summary>
    public readonly uint AfterRead(uint value, uint mask) => value & ~(readClears & mask) | readSets & mask;

    /// <summary>What a write of a value to the bytes of a mask makes of what was there.</summary>
    public readonly uint AfterWrite(uint before, uint written, uint mask)
    {
        var (ones, zeros) = (written & mask, ~written & mask);
        var open = (stored | once & ~settled) & mask;
        var clear = ones & oneClears | zeros & zeroClears | mask & clears;
        var set = ones & oneSets | zeros & zeroSets | mask & sets;
        var toggle = ones & oneToggles | zeros & zeroToggles;
        return ((before & ~open | written & open) & ~clear | set) ^ toggle;
    }

    /// <summary>A write has been taken: what is written once is settled.</summary>
    public void Settle(uint mask) => settled |= once & mask;

    /// <summary>After a reset what is written once may be written again.</summary>
    public void Reset() => settled = 0;
}
