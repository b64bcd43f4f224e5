using System.Numerics;
using Pcie.Emulator.Registers;

namespace Pcie.Emulator.Function.Capabilities;

/// <summary>
/// The table and the pending bits of MSI-X (PCI Express Base Specification 7.7.2.5 to 7.7.2.9), a block of registers in a BAR of
/// their own: the table from offset 0, four DWs an entry, and the pending bits from the BAR's middle, a bit an entry.
/// </summary>
/// <remarks>
/// Plain words rather than declared registers: there may be 8192 of them, all alike. No access allocates. The specification
/// leaves undefined what an access other than of an aligned DW or QW does; here byte enables count.
/// </remarks>
internal sealed class MsixTable
{
    /// <summary>What the format of Table Size has room for (7.7.2.2).</summary>
    public const int MaxEntries = 2048;

    private const uint WordsPerEntry = 4;
    private const uint BytesPerEntry = 16;
    private const uint SmallestBar = 4096;
    private const uint DataWord = 2;
    private const uint ControlWord = 3;
    private const uint MaskBit = 1;

    private readonly uint[] table;
    private readonly uint[] pending;

    /// <exception cref="ArgumentException">The number of entries is not from 1 to 2048.</exception>
    public MsixTable(int entries)
    {
        if (entries is < 1 or > MaxEntries)
            throw new ArgumentException($"{entries} MSI-X entries asked for; expected 1 to {MaxEntries}.", nameof(entries));
        Entries = entries;
        BarSize = BitOperations.RoundUpToPowerOf2(Math.Max(SmallestBar, 2 * BytesPerEntry * (uint)entries));
        table = new uint[WordsPerEntry * (uint)entries];
        // In whole QWs (7.7.2.9): the bits of entries that are not there read as zero.
        pending = new uint[(entries + 63) / 64 * 2];
        Reset();
    }

    public int Entries { get; }

    /// <summary>Bytes of the BAR that holds it: what software protects by page is a page at least.</summary>
    public uint BarSize { get; }

    /// <summary>Where the pending bits begin in the BAR.</summary>
    public uint PendingOffset => BarSize / 2;

    /// <summary>Reads an aligned DW. What is neither table nor pending bits is reserved and zero.</summary>
    public uint Read(uint offset, byte byteEnables)
    {
        var mask = ByteEnables.ToMask(byteEnables);
        if (offset / 4 < (uint)table.Length) return table[offset / 4] & mask;
        var bits = (offset - PendingOffset) / 4;
        return offset >= PendingOffset && bits < (uint)pending.Length ? pending[bits] & mask : 0;
    }

    /// <summary>Writes an aligned DW. Only the table takes it: pending bits are the function's (7.7.2.9).</summary>
    /// <returns>Whether a message may have been unmasked.</returns>
    public bool Write(uint offset, uint value, byte byteEnables)
    {
        var word = offset / 4;
        if (word >= (uint)table.Length) return false;
        // 7.7.2.5: a message is a DW at an aligned address; 7.7.2.8: Vector Control is its mask bit, the rest is reserved.
        var writable = (word % WordsPerEntry) switch { 0 => ~3u, ControlWord => MaskBit, _ => uint.MaxValue };
        var mask = ByteEnables.ToMask(byteEnables) & writable;
        var before = table[word];
        table[word] = before & ~mask | value & mask;
        return word % WordsPerEntry == ControlWord && (before & ~table[word] & MaskBit) != 0;
    }

    public bool IsMasked(int entry) => (Word(entry, ControlWord) & MaskBit) != 0;

    public bool IsPending(int entry) => (pending[entry / 32] >> entry % 32 & 1) != 0;

    public bool SetPending(int entry)
    {
        var before = pending[entry / 32];
        pending[entry / 32] |= 1u << entry % 32;
        return pending[entry / 32] != before;
    }

    /// <summary>Takes the lowest pending entry whose own mask is clear.</summary>
    /// <returns>Its number, or -1.</returns>
    public int TakeUnmasked()
    {
        for (var word = 0; word < pending.Length; word++)
            for (var bits = pending[word]; bits != 0; bits &= bits - 1)
            {
                var entry = word * 32 + BitOperations.TrailingZeroCount(bits);
                if (IsMasked(entry)) continue;
                pending[word] &= ~(1u << entry % 32);
                return entry;
            }
        return -1;
    }

    public ulong AddressOf(int entry) => (ulong)Word(entry, 1) << 32 | Word(entry, 0);

    public uint DataOf(int entry) => Word(entry, DataWord);

    /// <summary>
    /// Every entry masked, nothing pending (7.7.2.8). Address and data, which the specification leaves undefined, are zero.
    /// </summary>
    public void Reset()
    {
        Array.Clear(pending);
        for (var word = 0; word < table.Length; word++) table[word] = word % WordsPerEntry == ControlWord ? MaskBit : 0;
    }

    private uint Word(int entry, uint word) => table[(uint)entry * WordsPerEntry + word];
}
