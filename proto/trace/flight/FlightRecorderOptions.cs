namespace Pcie.Trace.Flight;

/// <summary>How much a <see cref="FlightRecorder"/> keeps.</summary>
public sealed record FlightRecorderOptions
{
    /// <summary>The longest waits that are kept, those with an overrun not counted.</summary>
    public int Worst { get; init; } = 100;

    /// <summary>Events that a window may reach back; a power of two. A busy machine has a few thousand in a second.</summary>
    public int RingLength { get; init; } = 1 << 15;

    /// <summary>Events kept of the end, and before an overrun for which nobody waited.</summary>
    public int Tail { get; init; } = 256;

    /// <summary>When windows of overruns have so many events, no more are kept: 32 MiB.</summary>
    public int MostEvents { get; init; } = 1 << 20;
}
