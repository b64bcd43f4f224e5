using NLog;
using Pcie.Logging;

namespace Pcie.Emulator.Registers;

/// <summary>
/// The registers of one BAR (or of configuration space), made from their declaration alone: decoding, access modes, byte enables,
/// reset and description. What a register does is declared with it (<see cref="Register"/>).
/// </summary>
/// <remarks>No access allocates.</remarks>
public sealed class RegisterFile
{
    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private const string NotWhole = "no register is there, or it is not accessed as a whole";

    private readonly Register?[] byOffset;
    private readonly Register[] registers;
    private readonly Dictionary<string, Register> byName = [];

    /// <param name="size">Of the whole space, in bytes.</param>
    /// <exception cref="ArgumentException">
    /// A register outside the space, not DW-aligned, on a place or with a name that is taken, or with bits that are not declared.
    /// </exception>
    public RegisterFile(uint size, params IEnumerable<Register> registers)
    {
        Size = size;
        byOffset = new Register?[size / 4];
        foreach (var register in registers)
        {
            if (register.Offset % 4 != 0 || register.Offset > size - 4)
                throw new ArgumentException(
                    $"{register.Name} is at 0x{register.Offset:X3}: not a multiple of 4 below 0x{size:X}.");
            if (byOffset[register.Offset / 4] is { } other)
                throw new ArgumentException($"{register.Name} is at 0x{register.Offset:X3}, where {other.Name} is already.");
            if (register.Undeclared != 0)
                throw new ArgumentException(
                    $"{register.Name} says nothing of bits 0x{register.Undeclared:X8}: declare them, or reserve them.");
            if (!byName.TryAdd(register.Name, register))
                throw new ArgumentException($"Two registers are called {register.Name}.");
            byOffset[register.Offset / 4] = register;
        }
        this.registers = [.. byOffset.OfType<Register>()];
    }

    /// <summary>What the log calls it.</summary>
    public string Name { get; init; } = "BAR 0";

    /// <summary>
    /// At which level it is logged, the first times, that an access does nothing, or less than was asked for. The counters have them all.
    /// </summary>
    public LogLevel MisuseLevel { get; init; } = LogLevel.Info;

    /// <summary>In bytes.</summary>
    public uint Size { get; }

    /// <summary>By rising offset.</summary>
    public IReadOnlyList<Register> Registers => registers;

    /// <summary>
    /// Whether only whole registers answer: any other access reads as all-ones, or changes nothing, and is counted as refused. Otherwise byte
    /// enables count, and where no register is there are zeros.
    /// </summary>
    public bool WholeRegistersOnly { get; init; }

    /// <summary>Accesses refused: not of a whole register where that is asked for, or a write of one that is locked.</summary>
    public ulong AccessesRefused { get; private set; }

    /// <summary>Reads of places where no register is: they return zero.</summary>
    public ulong UnmappedReads { get; private set; }

    /// <summary>Writes of places where no register is: they do nothing.</summary>
    public ulong UnmappedWrites { get; private set; }

    /// <summary>Writes that tried to set a reserved bit; <see cref="Register.ReservedWrites"/> says of which register.</summary>
    public ulong ReservedWrites { get; private set; }

    /// <summary>Reads of registers that are write-only: they return zero.</summary>
    public ulong WriteOnlyReads { get; private set; }

    /// <summary>Writes of registers that are read-only: they do nothing.</summary>
    public ulong ReadOnlyWrites { get; private set; }

    /// <summary>All of these by name.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        new("registers.accesses-refused", AccessesRefused),
        new("registers.unmapped-reads", UnmappedReads),
        new("registers.unmapped-writes", UnmappedWrites),
        new("registers.write-only-reads", WriteOnlyReads),
        new("registers.read-only-writes", ReadOnlyWrites),
        new("registers.reserved-writes", ReservedWrites),
        .. from register in registers
           where register.ReservedWrites > 0
           select new KeyValuePair<string, ulong>($"registers.reserved-writes.{register.Name}", register.ReservedWrites),
    ];

    /// <summary>The register of that name, or null.</summary>
    public Register? Find(string name) => byName.GetValueOrDefault(name);

    /// <summary>The register at that offset, or null.</summary>
    public Register? Find(uint offset) => offset < Size && offset % 4 == 0 ? byOffset[offset / 4] : null;

    /// <summary>Reads over the bus, side effects included. Bytes that are not enabled are zero and unaffected.</summary>
    /// <param name="offset">A multiple of 4.</param>
    public uint Read(uint offset, byte byteEnables)
    {
        var register = Find(offset);
        if (IsRefused(register, byteEnables))
        {
            Refuse("Read", offset, NotWhole);
            return uint.MaxValue;
        }
        if (register is null)
        {
            var level = Repeated.At(MisuseLevel, ++UnmappedReads);
            if (Log.IsEnabled(level)) Log.Log(level, "Read of {Space}+0x{Offset:X3}, where no register is: zero.", Name, offset);
            return 0;
        }
        // A read with no byte enabled is a flush: it reads nothing (PCI Express Base Specification 2.2.5).
        if (byteEnables == 0) return 0;
        if (register.IsWriteOnly) Misused("Read", register, ++WriteOnlyReads, "reads as zero", Access.WO);
        return register.Read(byteEnables);
    }

    /// <summary>Writes over the bus, side effects included.</summary>
    /// <inheritdoc cref="Read" path="/param"/>
    public void Write(uint offset, uint value, byte byteEnables)
    {
        var register = Find(offset);
        if (IsRefused(register, byteEnables))
        {
            Refuse("Write", offset, NotWhole);
            return;
        }
        if (register is null)
        {
            var level = Repeated.At(MisuseLevel, ++UnmappedWrites);
            if (Log.IsEnabled(level))
                Log.Log(level, "Write of 0x{Value:X8} to {Space}+0x{Offset:X3}, where no register is: ignored.", value, Name, offset);
            return;
        }
        if (byteEnables == 0) return;
        if (register.WhyLocked is { } why)
        {
            Refuse("Write", offset, why);
            return;
        }
        if (register.IsReadOnly) Misused("Write", register, ++ReadOnlyWrites, "ignored", Access.RO);
        if (register.Write(value, byteEnables) is not 0 and var reserved) LogReserved(register, reserved);
    }

    /// <summary>Writes all four bytes of a register, with everything that a write over the bus does.</summary>
    public void Poke(Register register, uint value) => Write(register.Offset, value, ByteEnables.All);

    /// <summary>Every register that is not sticky back to its value after power-on. Counters stay.</summary>
    public void Reset()
    {
        foreach (var register in registers) register.Reset();
        foreach (var register in registers) register.AfterReset();
    }

    private bool IsRefused(Register? register, byte byteEnables) =>
        WholeRegistersOnly && (register is null || byteEnables is not (ByteEnables.All or 0));

    private void Refuse(string what, uint offset, string why)
    {
        var level = Repeated.At(MisuseLevel, ++AccessesRefused);
        if (Log.IsEnabled(level)) Log.Log(level, "{What} of {Register} refused: {Why}.", what, Find(offset)?.Name ?? $"0x{offset:X3}", why);
    }

    private void LogReserved(Register register, uint bits)
    {
        var level = Repeated.At(MisuseLevel, ++ReservedWrites);
        if (Log.IsEnabled(level)) Log.Log(level, "Write to {Register} sets reserved bits 0x{Bits:X8}: ignored.", register.Name, bits);
    }

    private void Misused(string what, Register register, ulong count, string outcome, Access access)
    {
        var level = Repeated.At(MisuseLevel, count);
        if (!Log.IsEnabled(level)) return;
        Log.Log(level, "{What} of {Register}, whose fields {Fields} are {Access}: {Outcome}.",
            what, register.Name, string.Join(", ", register.Fields.Select(field => field.Name)), access, outcome);
    }
}
