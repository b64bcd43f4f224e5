using Pcie.Pci.Config;
using Pcie.Pci.Messages;

namespace Pcie.DriverModel.Bus;

/// <summary>
/// The bus driver's part that programs a device's messages: MSI in configuration space, MSI-X in a table in a BAR.
/// </summary>
internal sealed class MessageProgramming(RootComplex root)
{
    /// <summary>How many messages a capability asks for.</summary>
    public async ValueTask<int> Asked(MessageKind kind, int capability)
    {
        var control = await Control(capability);
        return kind == MessageKind.MsiX ? MsixLayout.Entries(control) : MsiLayout.Requested(control);
    }

    /// <summary>Message n becomes vector <paramref name="firstVector"/> + n at a processor. Unmasks and enables all.</summary>
    /// <param name="processors">Of the messages in turn; all of MSI go to the first.</param>
    /// <exception cref="DeviceNotUsableException">The MSI-X table is in no BAR.</exception>
    public async ValueTask Enable(PciResources resources, byte firstVector, IReadOnlyList<int> processors)
    {
        var capability = resources.MessageCapability;
        var control = await Control(capability);
        if (resources.Messages == MessageKind.Msi)
        {
            await Write(MessageSetUp.Msi(capability, control, MsiAddress.Of(processors[0]), firstVector, resources.MessagesGranted));
            return;
        }
        var (bar, offset) = MsixLayout.Place((uint)await root.ReadConfig(capability + MsixLayout.Table, 4));
        var length = (ulong)resources.Vectors * MsixLayout.EntrySize;
        if (bar >= resources.Bars.Count || offset + length > resources.Bars[bar].Length)
            throw new DeviceNotUsableException(
                $"The MSI-X table of {length} bytes is said to be at BAR{bar} + 0x{offset:X}, where no BAR is.");
        await Write(MessageSetUp.Msix(capability, control, resources.Bars[bar].Address + offset,
            Enumerable.Range(0, resources.Vectors).Select(entry =>
        {
            var message = resources.MessageOf(entry);
            return (MsiAddress.Of(processors[message % processors.Count]), (uint)(firstVector + message));
        })));
    }

    public async ValueTask Disable(PciResources resources)
    {
        var capability = resources.MessageCapability;
        await Write([MessageSetUp.Disable(resources.Messages, capability, await Control(capability))]);
    }

    private async ValueTask<uint> Control(int capability) => (uint)await root.ReadConfig(capability + MsiLayout.MessageControl, 2);

    private async ValueTask Write(IEnumerable<SetUpWrite> writes)
    {
        foreach (var write in writes)
            if (write.IsConfig) await root.WriteConfig((int)write.Address, write.Bytes, write.Value);
            else root.WriteMemory(write.Address, write.Bytes, write.Value);
    }
}
