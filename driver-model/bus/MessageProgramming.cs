using System.Numerics;
using Pcie.Pci.Config;
using Pcie.Pci.Messages;

namespace Pcie.DriverModel.Bus;

/// <summary>
/// The bus driver's part that programs a device's messages: MSI in configuration space, MSI-X in a table in a BAR.
/// </summary>
internal sealed class MessageProgramming(RootComplex root)
{
    private const int TableEntry = 16;

    /// <summary>How many messages a capability asks for.</summary>
    public async ValueTask<int> Asked(MessageKind kind, int capability)
    {
        var control = (uint)await root.ReadConfig(capability + PciConfig.MessageControl, 2);
        if (kind == MessageKind.MsiX) return (int)(control & PciConfig.MsixTableSize) + 1;
        // PCI 6.8.1.3: an exponent above 5 is reserved.
        return 1 << Math.Min(5, (int)(control >> 1 & 7));
    }

    /// <summary>Message n becomes vector <paramref name="firstVector"/> + n at a processor. Unmasks and enables all.</summary>
    /// <param name="processors">Of the messages in turn; all of MSI go to the first.</param>
    /// <exception cref="DeviceNotUsableException">The MSI-X table is in no BAR.</exception>
    public ValueTask Enable(PciResources resources, byte firstVector, IReadOnlyList<int> processors) => resources.Messages == MessageKind.MsiX
        ? EnableMsix(resources, firstVector, processors)
        : EnableMsi(resources, firstVector, MsiAddress.Of(processors[0]));

    public async ValueTask Disable(PciResources resources)
    {
        var at = resources.MessageCapability + PciConfig.MessageControl;
        var control = (uint)await root.ReadConfig(at, 2);
        var enable = resources.Messages == MessageKind.MsiX ? PciConfig.MsixEnable : PciConfig.MsiEnable;
        await root.WriteConfig(at, 2, control & ~(uint)enable);
    }

    private async ValueTask EnableMsi(PciResources resources, byte firstVector, uint address)
    {
        var msi = resources.MessageCapability;
        var control = (uint)await root.ReadConfig(msi + PciConfig.MessageControl, 2);
        var is64Bit = (control & PciConfig.Msi64Bit) != 0;
        var data = msi + (is64Bit ? 0xC : 8);
        await root.WriteConfig(msi + 4, 4, address);
        if (is64Bit) await root.WriteConfig(msi + 8, 4, 0);
        await root.WriteConfig(data, 2, firstVector);
        if ((control & PciConfig.MsiPerVectorMasking) != 0) await root.WriteConfig(data + 4, 4, 0);
        var enable = (uint)BitOperations.Log2((uint)resources.MessagesGranted);
        await root.WriteConfig(msi + PciConfig.MessageControl, 2, control & ~0x70u | enable << 4 | PciConfig.MsiEnable);
    }

    // PCI Express 6.1.4.2: enabled under the function mask, so that no entry fires half written.
    private async ValueTask EnableMsix(PciResources resources, byte firstVector, IReadOnlyList<int> processors)
    {
        var msix = resources.MessageCapability;
        var control = (uint)await root.ReadConfig(msix + PciConfig.MessageControl, 2) & ~(uint)PciConfig.MsixFunctionMask;
        var place = (uint)await root.ReadConfig(msix + PciConfig.MsixTable, 4);
        var bar = (int)(place & PciConfig.MsixBir);
        var offset = place & ~(uint)PciConfig.MsixBir;
        var length = (ulong)resources.Vectors * TableEntry;
        if (bar >= resources.Bars.Count || offset + length > resources.Bars[bar].Length)
            throw new DeviceNotUsableException(
                $"The MSI-X table of {length} bytes is said to be at BAR{bar} + 0x{offset:X}, where no BAR is.");
        await root.WriteConfig(msix + PciConfig.MessageControl, 2, control | PciConfig.MsixEnable | PciConfig.MsixFunctionMask);
        for (var entry = 0; entry < resources.Vectors; entry++)
        {
            var at = resources.Bars[bar].Address + offset + (ulong)entry * TableEntry;
            var message = resources.MessageOf(entry);
            root.WriteMemory(at, 4, MsiAddress.Of(processors[message % processors.Count]));
            root.WriteMemory(at + 4, 4, 0);
            root.WriteMemory(at + 8, 4, (ulong)(firstVector + message));
            root.WriteMemory(at + 12, 4, 0);
        }
        // It follows the posted writes to the device (2.4.1).
        await root.WriteConfig(msix + PciConfig.MessageControl, 2, control | PciConfig.MsixEnable);
    }
}
