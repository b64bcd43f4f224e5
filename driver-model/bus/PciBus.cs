using System.Numerics;

namespace Pcie.Host.Bus;

/// <summary>
/// The bus driver: finds the device, sizes and places its BARs, decides how many MSI messages it gets, and programs them. Runs as
/// code of a thread.
/// </summary>
public sealed class PciBus(RootComplex root, int grantAtMost)
{
    // Where BARs are placed: the usual hole below 4 GiB.
    private const ulong MemoryWindow = 0xE000_0000, MemoryWindowEnd = 0xFEC0_0000;
    private const int MaxCapabilities = 48;

    /// <summary>Finds the device and gives it its addresses.</summary>
    /// <exception cref="DeviceNotUsableException">Nothing answers, or what answers cannot be placed.</exception>
    public async ValueTask<PciResources> Enumerate()
    {
        var id = (uint)await root.ReadConfig(PciConfig.VendorId, 4);
        // PCI 6.1: no function has the vendor ID 0xFFFF; it is what a read reads that nobody answers.
        if ((id & 0xFFFF) == 0xFFFF)
            throw new DeviceNotUsableException("Nothing answers in configuration space: no device, or the link is down.");

        // A BAR must not decode what is written to size it.
        await root.WriteConfig(PciConfig.Command, 2, PciConfig.CommandInterruptDisable);
        var bars = new PciBarRange[6];
        var next = MemoryWindow;
        for (var bar = 0; bar < bars.Length; bar++)
        {
            var (length, is64Bit) = await SizeBar(bar);
            if (length != 0)
            {
                next = (next + length - 1) & ~(length - 1);
                if (next > MemoryWindowEnd || length > MemoryWindowEnd - next)
                    throw new DeviceNotUsableException($"BAR{bar} of {length} bytes does not fit into the memory window.");
                bars[bar] = new PciBarRange(next, length);
                await root.WriteConfig(PciConfig.Bar0 + bar * 4, 4, (uint)next);
                if (is64Bit) await root.WriteConfig(PciConfig.Bar0 + bar * 4 + 4, 4, (uint)(next >> 32));
                next += length;
            }
            if (is64Bit) bar++;
        }
        var msi = await FindCapability(PciConfig.MsiCapabilityId);
        // PCI 6.8.1.3: an exponent above 5 is reserved.
        var asked = msi == 0 ? 0 : 1 << Math.Min(5, (int)(await root.ReadConfig(msi + PciConfig.MsiControl, 2) >> 1 & 7));
        var granted = Math.Min(asked, (int)BitOperations.RoundUpToPowerOf2((uint)grantAtMost + 1) / 2);
        await root.WriteConfig(PciConfig.Command, 2,
            PciConfig.CommandMemorySpace | PciConfig.CommandBusMaster | PciConfig.CommandInterruptDisable);
        return new PciResources((ushort)id, (ushort)(id >> 16), bars, msi, asked, granted);
    }

    /// <summary>
    /// Programs the device's messages: message n is vector <paramref name="firstVector"/> + n at a processor. Unmasks and enables
    /// them.
    /// </summary>
    public async ValueTask EnableMessages(PciResources resources, byte firstVector, int processor)
    {
        var msi = resources.MsiCapability;
        var control = (uint)await root.ReadConfig(msi + PciConfig.MsiControl, 2);
        var is64Bit = (control & PciConfig.Msi64Bit) != 0;
        var data = msi + (is64Bit ? 0xC : 8);
        await root.WriteConfig(msi + 4, 4, MsiAddress.Of(processor));
        if (is64Bit) await root.WriteConfig(msi + 8, 4, 0);
        await root.WriteConfig(data, 2, firstVector);
        if ((control & PciConfig.MsiPerVectorMasking) != 0) await root.WriteConfig(data + 4, 4, 0);
        var enable = (uint)BitOperations.Log2((uint)resources.MessagesGranted);
        await root.WriteConfig(msi + PciConfig.MsiControl, 2, control & ~0x70u | enable << 4 | PciConfig.MsiEnable);
    }

    /// <summary>Disables the device's messages.</summary>
    public async ValueTask DisableMessages(PciResources resources)
    {
        var control = (uint)await root.ReadConfig(resources.MsiCapability + PciConfig.MsiControl, 2);
        await root.WriteConfig(resources.MsiCapability + PciConfig.MsiControl, 2, control & ~(uint)PciConfig.MsiEnable);
    }

    // PCI 6.2.5.1: write all-ones; the address bits that stick give the size.
    private async ValueTask<(ulong Length, bool Is64Bit)> SizeBar(int bar)
    {
        var offset = PciConfig.Bar0 + bar * 4;
        await root.WriteConfig(offset, 4, uint.MaxValue);
        var low = (uint)await root.ReadConfig(offset, 4);
        await root.WriteConfig(offset, 4, 0);
        // Bit 0 set: I/O space, which PCI Express devices need not be given.
        if (low is 0 or uint.MaxValue || (low & 1) != 0) return (0, false);
        var is64Bit = (low >> 1 & 3) == 2;
        if (is64Bit && bar == 5)
            throw new DeviceNotUsableException("BAR5 says that it is 64 bits wide; there is no BAR6 for its upper half.");
        var mask = (ulong)(low & ~0xFu) | 0xFFFF_FFFF_0000_0000;
        if (is64Bit)
        {
            await root.WriteConfig(offset + 4, 4, uint.MaxValue);
            mask = low & ~0xFu | (await root.ReadConfig(offset + 4, 4)) << 32;
            await root.WriteConfig(offset + 4, 4, 0);
        }
        // The lowest bit that sticks: a device that leaves holes above it still gets a power of two.
        return (mask & (~mask + 1), is64Bit);
    }

    private async ValueTask<int> FindCapability(byte id)
    {
        var status = (uint)await root.ReadConfig(PciConfig.Status, 2);
        if ((status & PciConfig.StatusCapabilitiesList) == 0) return 0;
        var at = (int)await root.ReadConfig(PciConfig.CapabilitiesPointer, 1) & ~3;
        // A device that links its list into a circle must not hang the host.
        for (var i = 0; i < MaxCapabilities && at != 0; i++)
        {
            var header = (uint)await root.ReadConfig(at, 2);
            if ((header & 0xFF) == id) return at;
            at = (int)(header >> 8) & ~3;
        }
        return 0;
    }
}
