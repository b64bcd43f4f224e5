using System.Buffers.Binary;
using Pcie.Pci.Config;
using Pcie.VfioUser.Messages;

namespace Pcie.VfioUser;

/// <summary>
/// The device's function as a host knows it: what configuration space said when it was enumerated, and what the guest has written since. A bridge
/// routes by what was written; what the function made of it is the function's affair.
/// </summary>
internal sealed class FunctionView
{
    /// <summary>What enumeration reads: the header and the first list of capabilities.</summary>
    public const int Enumerated = 0x100;

    // Of POWER_CONTROL (PCI Express Base Specification 7.5.2.2).
    private const uint PowerState = 3, NoSoftReset = 1 << 3;

    // The longest structure that may begin at the end of the list.
    private const int Longest = 0x40;

    private readonly byte[] found = new byte[Enumerated + Longest];
    private readonly byte[] written = new byte[Enumerated + Longest];
    private readonly ulong[] sizes = new ulong[ConfigLayout.Bars];
    private readonly bool[] are64Bit = new bool[ConfigLayout.Bars];
    private readonly int power, express, msi, msix;

    /// <param name="found">Configuration space from its beginning.</param>
    /// <param name="sizing">What each BAR read after all ones were written.</param>
    public FunctionView(ReadOnlySpan<byte> found, ReadOnlySpan<uint> sizing)
    {
        found[..Enumerated].CopyTo(this.found);
        this.found.CopyTo(written, 0);
        for (var bar = 0; bar < ConfigLayout.Bars; bar++)
        {
            are64Bit[bar] = BarValue.Is64Bit(sizing[bar]) && bar + 1 < ConfigLayout.Bars;
            if (BarValue.IsIo(sizing[bar])) continue;
            sizes[bar] = BarValue.Size(BarValue.Writable(sizing[bar], are64Bit[bar] ? sizing[bar + 1] : null));
            if (BarValue.Address(sizing[bar]) == 0 && !are64Bit[bar]) sizes[bar] = 0;
            if (are64Bit[bar]) bar++;
        }
        power = FindCapability(CapabilityId.PowerManagement);
        express = FindCapability(CapabilityId.Express);
        msi = FindCapability(CapabilityId.Msi);
        msix = FindCapability(CapabilityId.Msix);
    }

    /// <summary>How many interrupts there are of each kind.</summary>
    public int[] Interrupts =>
    [
        found[ConfigLayout.Interrupt + 1] == 0 ? 0 : 1,
        msi == 0 ? 0 : MsiLayout.Requested(Word(found, msi + MsiLayout.MessageControl)),
        msix == 0 ? 0 : MsixLayout.Entries(Word(found, msix + MsixLayout.MessageControl)),
        0, 0,
    ];

    /// <summary>Whether the function can be reset by itself.</summary>
    public bool CanReset => express != 0 && (DWord(found, express + ExpressLayout.DeviceCapabilities) & ExpressLayout.FunctionLevelResetCapable) != 0;

    /// <summary>Whether the guest lets memory BARs answer.</summary>
    public bool IsMemorySpaceOn => (Word(written, ConfigLayout.Command) & ConfigLayout.MemorySpace) != 0;

    public bool IsMsixOn => msix != 0 && (Word(written, msix + MsixLayout.MessageControl) & MsixLayout.Enable) != 0;

    public bool IsMsiOn => msi != 0 && (Word(written, msi + MsiLayout.MessageControl) & MsiLayout.Enable) != 0;

    /// <summary>Where MSI messages are written.</summary>
    public ulong MsiAddress => DWord(written, msi + MsiLayout.AddressLow)
        | (HasHighAddress ? (ulong)DWord(written, msi + MsiLayout.AddressHigh) << 32 : 0);

    /// <summary>Bytes of a region; 0 for one that is not there.</summary>
    public ulong SizeOf(int region) => region switch
    {
        < RegionAccess.Bars => sizes[region],
        RegionAccess.Configuration => ConfigLayout.Size,
        _ => 0,
    };

    /// <summary>The bus address that the guest has given a BAR.</summary>
    public ulong AddressOf(int bar)
    {
        var at = ConfigLayout.Bar0 + 4 * bar;
        return BarValue.Address(DWord(written, at), are64Bit[bar] ? DWord(written, at + 4) : 0) & ~(sizes[bar] - 1);
    }

    /// <summary>The bus address of an entry of the MSI-X table; null while its BAR has none.</summary>
    public ulong? MsixEntryAddress(int entry)
    {
        var (bar, offset) = MsixLayout.Place(DWord(found, msix + MsixLayout.Table));
        return bar >= ConfigLayout.Bars || AddressOf(bar) == 0 ? null : AddressOf(bar) + offset + (ulong)(entry * MsixLayout.EntrySize);
    }

    /// <summary>Which MSI message has these data: the low bits are its number (PCI Express Base Specification 7.7.1.2).</summary>
    public int MsiNumberOf(uint data)
    {
        var granted = (Word(written, msi + MsiLayout.MessageControl) & MsiLayout.Granted) >> MsiLayout.GrantedShift;
        return (int)(data & ((1u << granted) - 1));
    }

    /// <summary>The guest has written configuration space.</summary>
    /// <returns>Whether that resets the function.</returns>
    public bool Write(int offset, ReadOnlySpan<byte> bytes)
    {
        if (offset >= Enumerated) return false;
        var stateBefore = power == 0 ? 0 : DWord(written, power + PowerManagementLayout.Control) & PowerState;
        bytes[..Math.Min(bytes.Length, Enumerated - offset)].CopyTo(written.AsSpan(offset));
        var wakes = stateBefore != 0 && (DWord(written, power + PowerManagementLayout.Control) & PowerState) == 0
            && (DWord(found, power + PowerManagementLayout.Control) & NoSoftReset) == 0;
        var resets = CanReset && (Word(written, express + ExpressLayout.DeviceControl) & ExpressLayout.InitiateFunctionLevelReset) != 0;
        if (wakes || resets) ResetAllBut(ConfigLayout.Bar0, ConfigLayout.Bars * sizeof(uint));
        return wakes || resets;
    }

    /// <summary>As after enumeration.</summary>
    public void Reset() => found.CopyTo(written, 0);

    /// <summary>What the guest has written to a BAR.</summary>
    public uint BarAsWritten(int bar) => DWord(written, ConfigLayout.Bar0 + 4 * bar);

    /// <summary>A register of the PCI Express capability, as enumeration found it.</summary>
    /// <param name="register">Counted from the capability's beginning.</param>
    /// <returns>Where it is, and its value.</returns>
    public (int Offset, ushort Value) ExpressRegister(int register) => (express + register, Word(found, express + register));

    private void ResetAllBut(int kept, int length)
    {
        found.AsSpan(0, kept).CopyTo(written);
        found.AsSpan(kept + length).CopyTo(written.AsSpan(kept + length));
    }

    private bool HasHighAddress => (Word(found, msi + MsiLayout.MessageControl) & MsiLayout.Address64) != 0;

    private int FindCapability(byte id)
    {
        if ((Word(found, ConfigLayout.Status) & ConfigLayout.CapabilitiesList) == 0) return 0;
        int at = found[ConfigLayout.CapabilitiesPointer] & ~3;
        for (var tried = 0; at >= ConfigLayout.FirstCapability && tried < ConfigLayout.MaxCapabilities; tried++, at = found[at + 1] & ~3)
            if (found[at] == id) return at;
        return 0;
    }

    private static ushort Word(byte[] space, int at) => BinaryPrimitives.ReadUInt16LittleEndian(space.AsSpan(at));

    private static uint DWord(byte[] space, int at) => BinaryPrimitives.ReadUInt32LittleEndian(space.AsSpan(at));
}
