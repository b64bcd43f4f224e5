using Pcie.Time;

namespace Pcie.Diagnosis.Facts;

/// <summary>What a run counted, which its flight recording, being of windows only, does not tell.</summary>
/// <param name="Design">Null if it is not known.</param>
/// <param name="Register">The name of a register of the device by its bus address; null for an address that has none.</param>
public sealed record RunCounts(InterruptCounts Interrupts, ChunkFates Chunks, DesignFacts? Design, Func<long, string?> Register)
{
    /// <summary>Chunks that the source produced; 0 if that is not known.</summary>
    public long Produced { get; init; }

    /// <summary>Copies that the driver threw away, since the card had written over the chunk meanwhile.</summary>
    public long CopiesDiscarded { get; init; }

    /// <summary>Writes of either side that were lost on the link while it was down.</summary>
    public long LostOnLink { get; init; }

    /// <summary>How long was simulated; zero if that is not known.</summary>
    public Duration Simulated { get; init; }

    /// <summary>How often the card was reset, or its link down, which resets it too: it makes nothing until somebody starts it again.</summary>
    public long Resets { get; init; }

    /// <summary>How often the driver started it again.</summary>
    public long Restarts { get; init; }

    /// <summary>How often its source made many chunks at once.</summary>
    public long SourceBursts { get; init; }

    /// <summary>How far a run by the wall clock fell behind it, if that is enough to be in all its times; else zero.</summary>
    public Duration FellBehind { get; init; }
}

/// <summary>How card and driver re-arm, as a scenario names it: what may have become of an interrupt depends on it.</summary>
/// <param name="ModerationCount">Raises that share a message; 1 for as many as come in the time.</param>
/// <param name="ModerationTime">After which the message goes at the latest; zero for no limit, or for a message each.</param>
public sealed record DesignFacts(string RearmPolicy, string LastLook, string Drain, long ModerationCount = 1, Duration ModerationTime = default)
{
    /// <summary>Whether an event that comes between the last look and the re-arm has no message.</summary>
    public bool LosesEdges => RearmPolicy is "auto-mask-lossy" or "on-non-zero" && LastLook != "after-flushed-rearm";

    /// <summary>Whether the card holds messages back.</summary>
    public bool Moderates => ModerationCount > 1 || ModerationTime > Duration.Zero;

    /// <summary>For how long the card may hold a message back that chunks of this period raise.</summary>
    public Duration HoldsFor(Duration period)
    {
        var gathered = new Duration((ModerationCount - 1) * period.Nanoseconds);
        return ModerationCount <= 1 || (ModerationTime > Duration.Zero && ModerationTime < gathered) ? ModerationTime : gathered;
    }
}
