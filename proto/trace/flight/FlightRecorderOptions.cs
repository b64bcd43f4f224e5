namespace Pcie.Trace.Flight;

/// <summary>How much a <see cref="FlightRecorder"/> keeps.</summary>
public sealed record FlightRecorderOptions
{
    /// <summary>The longest waits that are kept, those with an overrun not counted.</summary>
    public int Worst { get; init; } = 100;

    /// <summary>
    /// Events of the past in which the beginning of what ran already is looked for; a power of two. A busy machine has some ten thousand in a second;
    /// more than the processor's second cache holds slows the run down.
    /// </summary>
    public int RingLength { get; init; } = 1 << 13;

    /// <summary>Events kept of the end, and before an overrun for which nobody waited.</summary>
    public int Tail { get; init; } = 256;

    /// <summary>When windows of overruns have so many events, no more are kept: 32 MiB. A single window has no more either.</summary>
    public int MaxEvents { get; init; } = 1 << 20;
}
