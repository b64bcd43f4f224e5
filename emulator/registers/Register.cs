namespace Pcie.Emulator.Registers;

/// <summary>
/// One 32-bit register: declared once, as data, in the words of a data sheet. A 64-bit value is a pair of registers, _LO and _HI.
/// </summary>
/// <example>
/// <code>
/// new Register("INT_CAUSE", 0x020, "Events since last cleared")
///     .Flag(0, "DATA_READY", W1C, "a chunk reached host memory")
///     .Flag(1, "OVERRUN", W1C, "a chunk was overwritten or dropped unread")
///     .Reserved(2, 30);
/// </code>
/// </example>
public sealed class Register(string name, uint offset, string sentence)
{
    private readonly List<Field> fields = [];
    private uint readable;
    private uint readWrite;
    private uint writeOneToClear;
    private uint writeOneToSet;
    private uint readClears;
    private uint reserved;
    private bool isReadOnly = true;

    public string Name => name;

    /// <summary>In bytes from the start of the file.</summary>
    public uint Offset => offset;

    /// <summary>What it is for.</summary>
    public string Sentence => sentence;

    /// <summary>By rising bit, without the reserved bits.</summary>
    public IReadOnlyList<Field> Fields => fields;

    public uint ResetValue { get; private set; }

    /// <summary>
    /// What the register holds. Hardware sets what it likes here; software goes through the <see cref="RegisterFile"/>.
    /// </summary>
    public uint Value { get; set; }

    /// <summary>Whether the owner computes the value when somebody looks.</summary>
    public bool IsLive { get; private set; }

    /// <summary>Whether the value survives a reset.</summary>
    public bool IsSticky { get; private set; }

    /// <summary>Whether there is nothing in it to read.</summary>
    public bool IsWriteOnly => readable == 0 && fields.Count > 0;

    /// <summary>Whether there is nothing in it to write.</summary>
    public bool IsReadOnly => isReadOnly && fields.Count > 0;

    /// <summary>Writes that tried to set a reserved bit.</summary>
    public ulong ReservedWrites { get; private set; }

    /// <summary>Bits that are declared neither as a field nor as reserved.</summary>
    internal uint Undeclared { get; private set; } = uint.MaxValue;

    /// <summary>Declares a field of several bits.</summary>
    /// <param name="reset">Value after power-on, shifted down to bit 0.</param>
    /// <exception cref="ArgumentException">
    /// The field leaves the register, covers bits that are taken, or cannot hold its reset value.
    /// </exception>
    public Register Field(int lowestBit, int width, string fieldName, Access access, string meaning, uint reset = 0)
    {
        var mask = Claim(lowestBit, width, fieldName);
        if (reset > mask >> lowestBit)
            throw new ArgumentException($"{name}.{fieldName} is {width} bits wide and cannot hold its reset value 0x{reset:X}.");
        if (access != Access.WO) readable |= mask;
        isReadOnly &= access is Access.RO or Access.RC;
        switch (access)
        {
            case Access.RW: readWrite |= mask; break;
            case Access.W1C: writeOneToClear |= mask; break;
            case Access.W1S: writeOneToSet |= mask; break;
            case Access.RC: readClears |= mask; break;
        }
        var index = fields.FindIndex(f => f.LowestBit > lowestBit);
        fields.Insert(index < 0 ? fields.Count : index, new Field(fieldName, lowestBit, width, access, reset, meaning));
        ResetValue |= reset << lowestBit;
        Value = ResetValue;
        return this;
    }

    /// <summary>Declares a field of one bit.</summary>
    /// <inheritdoc cref="Field" path="/exception"/>
    public Register Flag(int bit, string fieldName, Access access, string meaning, bool reset = false) =>
        Field(bit, 1, fieldName, access, meaning, reset ? 1u : 0);

    /// <summary>Declares bits without meaning: they read as zero, and writes that set them are counted.</summary>
    /// <inheritdoc cref="Field" path="/exception"/>
    public Register Reserved(int lowestBit, int width)
    {
        reserved |= Claim(lowestBit, width, "reserved");
        return this;
    }

    /// <summary>Declares that the owner computes the value whenever somebody looks.</summary>
    public Register Live()
    {
        IsLive = true;
        return this;
    }

    /// <summary>
    /// Declares that only power-on gives the register its reset value (PCI Express Base Specification 7.4: ROS, RWS, RW1CS).
    /// </summary>
    public Register Sticky()
    {
        IsSticky = true;
        return this;
    }

    /// <summary>The field of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Field this[string fieldName] => fields.Find(f => f.Name == fieldName)
        ?? throw new KeyNotFoundException(
            $"{name} has no field {fieldName}. It has {string.Join(", ", fields.Select(f => f.Name))}.");

    /// <summary>What software would see, nothing changed.</summary>
    internal uint Look() => Value & readable;

    /// <summary>What software sees in the enabled bytes; the others are zero and keep what reading clears.</summary>
    internal uint Read(byte byteEnables)
    {
        var mask = ByteEnables.ToMask(byteEnables);
        var seen = Value & readable & mask;
        Value &= ~(readClears & mask);
        return seen;
    }

    /// <summary>Carries a write out as the fields allow.</summary>
    /// <returns>The bits written as 1, in enabled bytes.</returns>
    internal uint Write(uint value, byte byteEnables)
    {
        var mask = ByteEnables.ToMask(byteEnables);
        var written = value & mask;
        var stored = readWrite & mask;
        Value = (Value & ~stored | value & stored) & ~(written & writeOneToClear) | written & writeOneToSet;
        if ((written & reserved) != 0) ReservedWrites++;
        return written;
    }

    /// <summary>Those of the bits that are reserved.</summary>
    internal uint ReservedAmong(uint bits) => bits & reserved;

    private uint Claim(int lowestBit, int width, string fieldName)
    {
        if (lowestBit < 0 || width < 1 || lowestBit + width > 32)
            throw new ArgumentException(
                $"{name}.{fieldName} would take bits {lowestBit + width - 1}..{lowestBit} of a 32-bit register.");
        var mask = uint.MaxValue >> (32 - width) << lowestBit;
        if ((Undeclared & mask) != mask)
            throw new ArgumentException($"{name}.{fieldName} covers bits that are declared already: 0x{mask & ~Undeclared:X8}.");
        Undeclared &= ~mask;
        return mask;
    }
}
