namespace Pcie.Emulator.Registers;

/// <summary>
/// One 32-bit register: declared once, in the words of a data sheet, together with what it does. A 64-bit value is a pair of registers,
/// _LO and _HI.
/// </summary>
/// <example>
/// <code>
/// new Register("INT_CAUSE", 0x020, "Events since last cleared")
///     .Flag(0, "DATA_READY", W1C, "a chunk reached host memory")
///     .Flag(1, "OVERRUN", W1C, "a chunk was overwritten or dropped unread")
///     .Reserved(2, 30)
///     .OnWrite(_ => CauseWritten());
/// </code>
/// </example>
public sealed class Register(string name, uint offset, string sentence)
{
    private readonly List<Field> fields = [];
    private readonly List<(Field Field, Func<uint> Value)> live = [];
    private Func<string?>? whyLocked;
    private Func<uint, uint?>? stores;
    private Action<RegisterWrite>? written;
    private Action? read;
    private Func<uint>? mirrored;
    private Action? reset;
    private BitEffects bits;
    private uint reserved;

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

    /// <summary>Whether the value survives a reset.</summary>
    public bool IsSticky { get; private set; }

    /// <summary>Whether there is nothing in it to read.</summary>
    public bool IsWriteOnly => bits.Readable == 0 && fields.Count > 0;

    /// <summary>Whether reading it changes it.</summary>
    public bool HasReadEffect => fields.Exists(one => (one.Access & (Access.RC | Access.RS) & ~Access.RO) != 0);

    /// <summary>Whether there is nothing in it to write.</summary>
    public bool IsReadOnly => bits.Writable == 0 && fields.Count > 0;

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
        Add(lowestBit, width, fieldName, access, meaning, reset);
        return this;
    }

    /// <summary>Declares a read-only field whose value is computed whenever somebody looks. Computing it must have no other effect.</summary>
    /// <inheritdoc cref="Field(int, int, string, Access, string, uint)" path="/exception"/>
    public Register Field(int lowestBit, int width, string fieldName, Func<uint> value, string meaning)
    {
        live.Add((Add(lowestBit, width, fieldName, Access.RO, meaning, 0), value));
        return this;
    }

    /// <summary>Declares a field of one bit.</summary>
    /// <inheritdoc cref="Field(int, int, string, Access, string, uint)" path="/exception"/>
    public Register Flag(int bit, string fieldName, Access access, string meaning, bool reset = false) =>
        Field(bit, 1, fieldName, access, meaning, reset ? 1u : 0);

    /// <summary>Declares a read-only field of one bit that is computed whenever somebody looks.</summary>
    /// <inheritdoc cref="Field(int, int, string, Access, string, uint)" path="/exception"/>
    public Register Flag(int bit, string fieldName, Func<bool> value, string meaning) =>
        Field(bit, 1, fieldName, () => value() ? 1u : 0, meaning);

    /// <summary>Declares bits without meaning: they read as zero, and writes that set them are counted.</summary>
    /// <inheritdoc cref="Field(int, int, string, Access, string, uint)" path="/exception"/>
    public Register Reserved(int lowestBit, int width)
    {
        reserved |= Claim(lowestBit, width, "reserved");
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

    /// <summary>Declares when no write is taken: it then changes nothing, does nothing, and is counted.</summary>
    /// <param name="why">Says why, for a person; null while writes are taken.</param>
    public Register LockedWhile(Func<string?> why)
    {
        whyLocked = why;
        return this;
    }

    /// <summary>Declares what is stored of a write, asked before anything is.</summary>
    /// <param name="kept">
    /// From the value that the fields would allow to the one to store; null: the write is refused, changes nothing and does nothing.
    /// </param>
    public Register Stores(Func<uint, uint?> kept)
    {
        stores = kept;
        return this;
    }

    /// <summary>Declares what a write does, when its value is stored.</summary>
    public Register OnWrite(Action<RegisterWrite> action)
    {
        written = action;
        return this;
    }

    /// <summary>Declares what a write does that changes the value, when that is stored.</summary>
    public Register OnChange(Action action) => OnWrite(write =>
    {
        if (write.Before != write.After) action();
    });

    /// <summary>Declares what a read over the bus does, after it.</summary>
    public Register OnRead(Action action)
    {
        read = action;
        return this;
    }

    /// <summary>Declares what a reset does, when every register has its reset value.</summary>
    public Register OnReset(Action action)
    {
        reset = action;
        return this;
    }

    /// <summary>Declares that the register itself is elsewhere: what it holds is asked there whenever somebody looks.</summary>
    /// <param name="write">Takes what is written, as it is written.</param>
    public Register Mirrors(Func<uint> value, Action<uint> write)
    {
        mirrored = value;
        return OnWrite(access => write(access.Ones));
    }

    /// <summary>The field of that name.</summary>
    /// <exception cref="KeyNotFoundException">There is none.</exception>
    public Field this[string fieldName] => fields.Find(f => f.Name == fieldName)
        ?? throw new KeyNotFoundException(
            $"{name} has no field {fieldName}. It has {string.Join(", ", fields.Select(f => f.Name))}.");

    /// <summary>Why no write is taken now; null if one is.</summary>
    internal string? WhyLocked => whyLocked?.Invoke();

    /// <summary>Those of the bits that are reserved.</summary>
    internal uint ReservedAmong(uint bits) => bits & reserved;

    /// <summary>What a read would return, without its side effects.</summary>
    public uint Peek()
    {
        Refresh();
        return Value & bits.Readable;
    }

    /// <summary>What software sees in the enabled bytes, side effects included; the others are zero and keep what reading clears.</summary>
    internal uint Read(byte byteEnables)
    {
        Refresh();
        var mask = ByteEnables.ToMask(byteEnables);
        var seen = Value & bits.Readable & mask;
        Value = bits.AfterRead(Value, mask);
        read?.Invoke();
        return seen;
    }

    /// <summary>Carries a write out as the fields allow, and does what it does.</summary>
    /// <returns>Reserved bits that it tried to set.</returns>
    internal uint Write(uint value, byte byteEnables)
    {
        Refresh();
        var mask = ByteEnables.ToMask(byteEnables);
        var ones = value & mask;
        if ((ones & reserved) != 0) ReservedWrites++;
        var before = Value;
        var allowed = bits.AfterWrite(before, value, mask);
        if ((stores is null ? allowed : stores(allowed)) is { } after)
        {
            Value = after;
            bits.Settle(mask);
            written?.Invoke(new RegisterWrite(before, after, ones));
        }
        return ones & reserved;
    }

    /// <summary>Back to the value after power-on, unless sticky.</summary>
    internal void Reset()
    {
        if (IsSticky) return;
        Value = ResetValue;
        bits.Reset();
    }

    /// <summary>Does what a reset does.</summary>
    internal void AfterReset() => reset?.Invoke();

    private void Refresh()
    {
        if (mirrored is not null) Value = mirrored();
        foreach (var (field, value) in live) Value = Value & ~field.Mask | field.At(value());
    }

    private Field Add(int lowestBit, int width, string fieldName, Access access, string meaning, uint reset)
    {
        var mask = Claim(lowestBit, width, fieldName);
        if (reset > mask >> lowestBit)
            throw new ArgumentException($"{name}.{fieldName} is {width} bits wide and cannot hold its reset value 0x{reset:X}.");
        bits.Add(access, mask);
        var field = new Field(fieldName, lowestBit, width, access, reset, meaning);
        var index = fields.FindIndex(f => f.LowestBit > lowestBit);
        fields.Insert(index < 0 ? fields.Count : index, field);
        ResetValue |= reset << lowestBit;
        Value = ResetValue;
        return field;
    }

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
