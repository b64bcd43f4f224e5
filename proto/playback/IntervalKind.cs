namespace Pcie.Playback;

/// <summary>
/// What a processor was doing, with the numbers that a playback file has. In rising order of who pushes whom aside: an interval of a later kind may
/// lie inside one of an earlier kind on the same processor, never the other way round.
/// </summary>
public enum IntervalKind : byte
{
    /// <summary>A thread below DISPATCH_LEVEL, as far as is known. DPCs push it aside.</summary>
    Thread = 0,
    /// <summary>A threaded DPC (Windows), ksoftirqd (Linux): a DPC's work done by a thread.</summary>
    ThreadedDpc = 1,
    /// <summary>A thread at DISPATCH_LEVEL or above: it holds a spin lock or has raised the IRQL. DPCs wait for it.</summary>
    RaisedIrql = 2,
    /// <summary>A DPC from the queue (Windows), a softirq's handler (Linux).</summary>
    Dpc = 3,
    /// <summary>A timer's DPC, called from timer expiry before the queue.</summary>
    TimerDpc = 4,
    /// <summary>An interrupt service routine; a hard interrupt's handler on Linux. ISRs nest in ISRs of a lower IRQL.</summary>
    Isr = 5,
    /// <summary>The processor stood still and ran nothing: firmware (SMI), a hypervisor, a debugger.</summary>
    Stall = 6,
}
