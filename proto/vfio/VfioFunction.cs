using NLog;
using Pcie.Foreign;
using Pcie.Pci.Config;
using Pcie.Pci.Memory;

namespace Pcie.Vfio;

/// <summary>
/// A PCI function of this machine, through Linux VFIO: configuration space by the kernel, which keeps what must be kept, registers by themselves,
/// memory through the IOMMU, messages by counters.
/// </summary>
/// <remarks>Reading and writing a register is one access to it, on the thread that asks.</remarks>
internal sealed class VfioFunction : IWaitingFunction
{
    // Tags of counters that are no messages'.
    private const int ErrorTag = -2, RequestTag = -3;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly IIommu iommu;
    private readonly VfioDevice device;
    private readonly DmaMemory memory;
    private readonly EventCounters events = new();
    private readonly VfioMessages messages;
    private readonly ForeignPort port;
    private readonly string name;
    private readonly int express;

    /// <param name="iommu">This one's from now on.</param>
    /// <param name="name">Domain, bus, device and function.</param>
    /// <exception cref="IOException">It cannot be had; the text says what to do.</exception>
    public VfioFunction(ForeignPort port, IIommu iommu, string name)
    {
        (this.port, this.iommu, this.name) = (port, iommu, name);
        memory = new DmaMemory(iommu);
        device = new VfioDevice(iommu.OpenDevice(name), name);
        device.TryReset();
        express = device.Find(CapabilityId.Express);
        messages = new VfioMessages(device, events, port, name);
        AsAfterReset();
        Watch(VfioDevice.Error, ErrorTag);
        Watch(VfioDevice.Request, RequestTag);
        for (var bar = 0; bar < ConfigLayout.Bars; bar++)
            if (device.IsReachedByKernel(bar))
                Log.Info("BAR{0} of {1} cannot be mapped: the kernel makes its accesses, some 10 µs each.", bar, name);
    }

    /// <inheritdoc/>
    public IHostMemoryBacking Memory => memory;

    /// <inheritdoc/>
    public ValueTask<ulong> ReadAsync(ForeignAccess access)
    {
        if (access.IsConfig) return new(device.ReadConfig((int)access.Offset, access.Bytes));
        return new(messages.TryRead(access, out var value) ? value : device.Read(access.Bar, access.Offset, access.Bytes));
    }

    /// <inheritdoc/>
    public ValueTask WriteAsync(ForeignAccess access, ulong value)
    {
        if (!access.IsConfig)
        {
            if (!messages.TryWrite(access, value)) device.Write(access.Bar, access.Offset, access.Bytes, value);
            return ValueTask.CompletedTask;
        }
        messages.Writing(access, value);
        device.WriteConfig((int)access.Offset, access.Bytes, (uint)value);
        messages.Written(access);
        if (IsReset(access, value)) AsAfterReset();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public void Wait(TimeSpan timeout) => events.Wait(timeout, Counted);

    /// <inheritdoc/>
    public void Wake() => events.Wake();

    public void Dispose()
    {
        // First nothing more is written to memory.
        device?.Dispose();
        memory.Dispose();
        events.Dispose();
        iommu.Dispose();
    }

    // Of what can be, and of what an earlier host has left. The kernel puts back what it finds after a reset.
    private void AsAfterReset()
    {
        messages.Reset();
        device.WriteConfig(ConfigLayout.Command, 2, 0);
        for (var bar = 0; bar < ConfigLayout.Bars; bar++) device.WriteConfig(ConfigLayout.Bar0 + 4 * bar, 4, 0);
    }

    private bool IsReset(in ForeignAccess access, ulong value) => express != 0
        && (ulong)(express + ExpressLayout.DeviceControl) - access.Offset is var at && at < (ulong)access.Bytes
        && (value >> (int)(8 * at) & ExpressLayout.InitiateFunctionLevelReset) != 0;

    private void Counted(int tag, ulong count)
    {
        if (tag >= 0) messages.Came(tag, count);
        else if (tag == RequestTag)
            port.Fail($"{name} is wanted back by the system: it is being unbound or pulled out. Attach again when it is bound to vfio-pci.");
        else
            port.Fail($"{name} reported an error that is not recoverable (Advanced Error Reporting). dmesg says which; attach again after a reset.");
    }

    private void Watch(int kind, int tag)
    {
        if (device.CountOf(kind) > 0) device.Connect(kind, [events.Add(tag)]);
    }
}
