using System.Numerics;
using Pcie.Pci.Config;
using Pcie.Pci.Messages;
using Pcie.Time;

namespace Pcie.DriverModel.Bus;

/// <summary>
/// The bus driver: finds the device, sizes and places its BARs, decides by which capability it interrupts and how many messages
/// it gets, and programs them. Runs as code of a thread.
/// </summary>
/// <param name="preferred">Which capability is used if the device has both; if it has one, then that.</param>
/// <param name="rule">What the device gets if it asks for more than there is.</param>
/// <param name="available">Messages that the machine has.</param>
/// <param name="sizes">How long the device's requests may be.</param>
public sealed class PciBus(RootComplex root, MessageKind preferred, GrantRule rule, int available, RequestSizes sizes)
{
    private readonly MessageProgramming messages = new(root);

    /// <summary>How long a function may take for its reset.</summary>
    public static readonly Duration ResetTime = Duration.FromMilliseconds(100);

    /// <summary>Finds the device and gives it its addresses.</summary>
    /// <exception cref="DeviceNotUsableException">Nothing answers, or what answers cannot be placed.</exception>
    public async ValueTask<PciResources> Enumerate()
    {
        var id = (uint)await root.ReadConfig(ConfigLayout.VendorId, 4);
        // PCI 6.1: no function has the vendor ID 0xFFFF; it is what a read reads that nobody answers.
        if ((id & 0xFFFF) == ConfigLayout.NoVendor)
            throw new DeviceNotUsableException("Nothing answers in configuration space: no device, or the link is down.");

        // A BAR must not decode what is written to size it.
        await root.WriteConfig(ConfigLayout.Command, 2, ConfigLayout.InterruptDisable);
        var bars = new PciBarRange[ConfigLayout.Bars];
        var (next, end) = (root.Port.WindowStart, root.Port.WindowEnd);
        for (var bar = 0; bar < bars.Length; bar++)
        {
            var (length, is64Bit) = await SizeBar(bar);
            if (length != 0)
            {
                next = (next + length - 1) & ~(length - 1);
                if (next > end || length > end - next)
                    throw new DeviceNotUsableException($"BAR{bar} of {length} bytes does not fit into the memory window.");
                bars[bar] = new PciBarRange(next, length);
                await root.WriteConfig(ConfigLayout.Bar0 + bar * 4, 4, (uint)next);
                if (is64Bit) await root.WriteConfig(ConfigLayout.Bar0 + bar * 4 + 4, 4, (uint)(next >> 32));
                next += length;
            }
            if (is64Bit) bar++;
        }
        var (payload, readRequest) = await ProgramSizes();
        var (kind, capability) = await FindMessages();
        var asked = capability == 0 ? 0 : await messages.Asked(kind, capability);
        var granted = MessageGrant.Of(kind, rule, asked, available);
        await root.WriteConfig(ConfigLayout.Command, 2,
            ConfigLayout.MemorySpace | ConfigLayout.BusMaster | ConfigLayout.InterruptDisable);
        return new PciResources((ushort)id, (ushort)(id >> 16), bars, kind, capability, asked, granted, payload, readRequest);
    }

    /// <summary>
    /// Programs the device's messages: message n is vector <paramref name="firstVector"/> + n at a processor. Unmasks and enables
    /// them.
    /// </summary>
    /// <param name="processors">Of messages 0, 1, 2 and so on, in turn; those of MSI have one address, and all go to the first.</param>
    /// <exception cref="DeviceNotUsableException">The device's MSI-X table is in no BAR.</exception>
    public ValueTask EnableMessages(PciResources resources, byte firstVector, IReadOnlyList<int> processors) =>
        messages.Enable(resources, firstVector, processors);

    /// <summary>Disables the device's messages.</summary>
    public ValueTask DisableMessages(PciResources resources) => messages.Disable(resources);

    /// <summary>
    /// Function-level reset; for <see cref="ResetTime"/> after it nobody may touch the device (PCI Express Base Specification 6.6.2).
    /// </summary>
    /// <returns>False if the device has none.</returns>
    public async ValueTask<bool> TryResetFunction()
    {
        var express = await FindCapability(CapabilityId.Express);
        if (express == 0 || ((uint)await root.ReadConfig(express + ExpressLayout.DeviceCapabilities,
            4) & ExpressLayout.FunctionLevelResetCapable) == 0) return false;
        var control = (uint)await root.ReadConfig(express + ExpressLayout.DeviceControl, 2);
        await root.WriteConfig(express + ExpressLayout.DeviceControl, 2, control | ExpressLayout.InitiateFunctionLevelReset);
        return true;
    }

    // A device without the capability is one of PCI, which has no packets.
    private async ValueTask<(int Payload, int ReadRequest)> ProgramSizes()
    {
        var express = await FindCapability(CapabilityId.Express);
        if (express == 0) return (0, 0);
        // 7.5.3.3: an exponent above 5 is reserved.
        var exponent = Math.Min(5, (int)((uint)await root.ReadConfig(express + ExpressLayout.DeviceCapabilities,
            4) & ExpressLayout.MaxPayloadSupported));
        var payload = Math.Min(RequestSizes.Shortest << exponent, sizes.RootPortPayload);
        var control = (uint)await root.ReadConfig(express + ExpressLayout.DeviceControl, 2) & ~ExpressLayout.RequestSizes;
        await root.WriteConfig(express + ExpressLayout.DeviceControl, 2,
            control | Encoded(payload) << ExpressLayout.MaxPayloadSizeShift | Encoded(sizes.ReadRequest) << ExpressLayout.MaxReadRequestSizeShift);
        return (payload, sizes.ReadRequest);
    }

    private static uint Encoded(int size) => (uint)BitOperations.Log2((uint)(size / RequestSizes.Shortest));

    private async ValueTask<(MessageKind Kind, int Capability)> FindMessages()
    {
        var other = preferred == MessageKind.Msi ? MessageKind.MsiX : MessageKind.Msi;
        if (await FindCapability(IdOf(preferred)) is not 0 and var found) return (preferred, found);
        return (other, await FindCapability(IdOf(other)));
    }

    private static byte IdOf(MessageKind kind) =>
        kind == MessageKind.MsiX ? CapabilityId.Msix : CapabilityId.Msi;

    // PCI 6.2.5.1: write all-ones; the address bits that stick give the size.
    private async ValueTask<(ulong Length, bool Is64Bit)> SizeBar(int bar)
    {
        var offset = ConfigLayout.Bar0 + bar * 4;
        var low = await Sized(offset);
        if (low is 0 or BarValue.Sizing || BarValue.IsIo(low)) return (0, false);
        var is64Bit = BarValue.Is64Bit(low);
        if (is64Bit && bar == ConfigLayout.Bars - 1)
            throw new DeviceNotUsableException("BAR5 says that it is 64 bits wide; there is no BAR6 for its upper half.");
        return (BarValue.Size(BarValue.Writable(low, is64Bit ? await Sized(offset + 4) : null)), is64Bit);

        async ValueTask<uint> Sized(int register)
        {
            await root.WriteConfig(register, 4, BarValue.Sizing);
            var value = (uint)await root.ReadConfig(register, 4);
            await root.WriteConfig(register, 4, 0);
            return value;
        }
    }

    private async ValueTask<int> FindCapability(byte id)
    {
        var status = (uint)await root.ReadConfig(ConfigLayout.Status, 2);
        if ((status & ConfigLayout.CapabilitiesList) == 0) return 0;
        var at = (int)await root.ReadConfig(ConfigLayout.CapabilitiesPointer, 1) & ~3;
        // A device that links its list into a circle must not hang the host.
        for (var i = 0; i < ConfigLayout.MaxCapabilities && at != 0; i++)
        {
            var header = (uint)await root.ReadConfig(at, 2);
            if ((header & 0xFF) == id) return at;
            at = (int)(header >> 8) & ~3;
        }
        return 0;
    }
}
