namespace Pcie.Playback;

/// <summary>What a processor was doing, with the numbers that the file has. Later kinds push earlier ones aside.</summary>
public enum PlaybackKind : byte
{
    Thread = 0,
    ThreadedDpc = 1,
    /// <summary>A thread at DISPATCH_LEVEL or above, which DPCs wait for.</summary>
    RaisedIrql = 2,
    Dpc = 3,
    TimerDpc = 4,
    Isr = 5,
    /// <summary>The processor ran nothing: firmware, a hypervisor.</summary>
    Stall = 6,
}
