using Pcie.Time;

namespace Pcie.Emulator.Rtl;

/// <summary>A card's clock: cycle n begins n periods after the run did.</summary>
public readonly record struct RtlClock(Duration Period)
{
    /// <summary>When a cycle begins.</summary>
    public SimTime TimeOf(ulong cycle) => SimTime.Zero + new Duration((long)Math.Min(cycle, long.MaxValue / (ulong)Period.Nanoseconds)
        * Period.Nanoseconds);

    /// <summary>The first cycle that does not begin before a time.</summary>
    public ulong CycleAt(SimTime time) => time == SimTime.Never ? ulong.MaxValue
        : ((ulong)time.Nanoseconds + (ulong)Period.Nanoseconds - 1) / (ulong)Period.Nanoseconds;
}
