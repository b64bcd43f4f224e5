using System.Runtime.CompilerServices;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Statistics;
using Pcie.Time;

namespace Pcie.DriverModel.Framework;

/// <summary>
/// WDFINTERRUPT: one interrupt message of the device, with the DPC object that its ISR queues. A restart connects the object that there is anew.
/// </summary>
public sealed class WdfInterrupt : IInterruptService, IDpcRoutine
{
    private readonly FunctionDriver driver;
    private readonly ModelledKernel kernel;
    private readonly LatencyHistogram isrToDpc;
    private bool queuedByThisIsr;
    private SimTime triggerEnded;

    internal WdfInterrupt(WdfDevice device, FunctionDriver driver, int messageId)
    {
        (Device, this.driver, kernel, MessageId, isrToDpc) = (device, driver, device.Kernel, messageId, device.IsrToDpc);
        var name = $"{device.Name} message {messageId}";
        var source = kernel.Tracer.AddSource(name, device.InterruptRole);
        Dpc = new Dpc(name, source, this);
        Interrupt = new Interrupt(name, source, this);
    }

    public WdfDevice Device { get; }

    /// <summary>Number of the message, from 0: the order of creation.</summary>
    public int MessageId { get; }

    /// <summary>WdfInterruptWdmGetInterrupt.</summary>
    public Interrupt Interrupt { get; }

    /// <summary>The DPC that <see cref="QueueDpcForIsr"/> queues.</summary>
    public Dpc Dpc { get; }

    /// <summary>From the end of the ISR whose call queued the running or last DPC to that DPC's start.</summary>
    public Duration LastIsrToDpc { get; private set; }

    /// <summary>WdfInterruptQueueDpcForIsr.</summary>
    /// <returns>False if the DPC was queued already.</returns>
    public bool QueueDpcForIsr()
    {
        if (!kernel.Current.InsertQueueDpc(Dpc)) return false;
        queuedByThisIsr = true;
        // Until this ISR has ended there is no delay: a DPC on another processor can begin before.
        triggerEnded = SimTime.Never;
        return true;
    }

    /// <summary>Queues the DPC from elsewhere than its ISR: its delay counts from now.</summary>
    /// <returns>False if it was queued already.</returns>
    public bool QueueDpc()
    {
        if (!kernel.Current.InsertQueueDpc(Dpc)) return false;
        triggerEnded = kernel.Timeline.Now;
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    async ValueTask IInterruptService.Run()
    {
        queuedByThisIsr = false;
        if (!await driver.EvtInterruptIsr(this, MessageId)) Device.UnclaimedInterrupts++;
    }

    // Delay is from the END of the ISR that queued the DPC: later ones that found it queued do not start the clock anew.
    void IInterruptService.Ended()
    {
        if (queuedByThisIsr) triggerEnded = kernel.Timeline.Now;
    }

    ValueTask IDpcRoutine.Run()
    {
        LastIsrToDpc = triggerEnded > kernel.Timeline.Now ? Duration.Zero : kernel.Timeline.Now - triggerEnded;
        isrToDpc.Record(LastIsrToDpc);
        return driver.EvtInterruptDpc(this);
    }
}
