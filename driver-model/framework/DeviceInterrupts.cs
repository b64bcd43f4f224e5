using Pcie.DriverModel.Bus;

namespace Pcie.DriverModel.Framework;

/// <summary>
/// The interrupt objects of a device, one for each message. A device that is started again gets those that it had, so that the objects and
/// their names in the trace are as many as its messages however often it is restarted.
/// </summary>
internal sealed class DeviceInterrupts(WdfDevice device, FunctionDriver driver, WdfDeviceOptions options, GrantRule grant)
{
    private readonly List<WdfInterrupt> all = [], granted = [];

    /// <summary>One for each message that was granted at some start, in order.</summary>
    public IReadOnlyList<WdfInterrupt> All => all;

    /// <summary>One for each message that was granted at the last start, in order.</summary>
    public IReadOnlyList<WdfInterrupt> Granted => granted;

    /// <summary>Vectors for messages, granted by the same rule as messages, from what is left of them in one block.</summary>
    /// <returns>The first vector, and how many there are: as many as messages were granted, or fewer.</returns>
    /// <exception cref="DeviceNotUsableException">No vector is free.</exception>
    public (byte First, int Count) AllocateVectors(PciResources resources)
    {
        var count = resources.MessagesGranted;
        while (count > 0)
        {
            if (device.Kernel.Interrupts.FindFreeVectors(count) is { } first) return (first, count);
            count = MessageGrant.Of(resources.Messages, grant, count, count - 1);
        }
        throw new DeviceNotUsableException("No interrupt vector is free.");
    }

    public void Connect(byte firstVector, int count)
    {
        granted.Clear();
        for (var message = 0; message < count; message++)
        {
            if (message == all.Count) all.Add(Create(message));
            granted.Add(all[message]);
            device.Kernel.Interrupts.Connect(all[message].Interrupt, (byte)(firstVector + message));
        }
    }

    public void Disconnect()
    {
        foreach (var interrupt in granted) device.Kernel.Interrupts.Disconnect(interrupt.Interrupt);
        RemoveDpcs();
    }

    /// <summary>Takes DPCs that wait out of their queues.</summary>
    public void RemoveDpcs()
    {
        foreach (var interrupt in granted) device.Kernel.RemoveQueueDpc(interrupt.Dpc);
    }

    /// <summary>Where messages go, in turn.</summary>
    public int[] MessageProcessors()
    {
        if (options.InterruptAffinity == InterruptAffinity.OneCloseProcessor) return [options.InterruptProcessor];
        var count = device.Kernel.Processors.Count;
        return [.. Enumerable.Range(options.InterruptProcessor, count).Select(number => number % count)];
    }

    private WdfInterrupt Create(int message)
    {
        var interrupt = new WdfInterrupt(device, driver, message);
        interrupt.Dpc.Importance = options.DpcImportance;
        interrupt.Dpc.Target = options.DpcProcessor;
        interrupt.Dpc.Lock = options.DpcLock is { } name ? device.Kernel.SpinLock(name) : null;
        return interrupt;
    }
}
