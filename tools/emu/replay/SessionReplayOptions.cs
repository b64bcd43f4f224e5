using Pcie.Time;

namespace Pcie.Emu.Replay;

/// <summary>How a recorded session is played and compared.</summary>
/// <param name="Patience">
/// How long the host waits, in the session's own time, for what the device had said by then in the recording, before it goes on.
/// </param>
public sealed record SessionReplayOptions(Duration Patience)
{
    /// <summary>Whether the times of what the device says are compared too. Free-running only.</summary>
    public bool Times { get; init; }

    /// <summary>Whether payloads are not compared: kinds, addresses, lengths and statuses only.</summary>
    public bool IgnoreData { get; init; }

    /// <summary>
    /// Whether the device is another implementation of the recorded one: how its transfers are cut into TLPs, how its reads and writes
    /// interleave, and the times in the headers of chunks are its own, and so is how much of the last of it comes before the end.
    /// </summary>
    public bool OtherImplementation { get; init; }

    /// <summary>How many TLPs before a difference are shown with it.</summary>
    public int Before { get; init; } = 8;

    /// <summary>The file that names registers in what is shown; null for the names of a card of ours.</summary>
    public string? Map { get; init; }

    /// <summary>The replay ends at so many differences.</summary>
    public int MaxDifferences { get; init; } = 1;
}
