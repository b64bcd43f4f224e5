using Pcie.Time;

namespace Pcie.Diagnosis.Facts;

/// <summary>How many messages of the card never arrived at a processor, by a whole trace of both sides.</summary>
internal sealed class MessageFacts
{
    // On the link, or pending at a processor, for no longer than this.
    private static readonly Duration OnTheirWay = Duration.FromMilliseconds(1);

    private readonly Queue<(SimTime At, long Before)> recent = new();
    private long arrived;

    /// <summary>Messages that left the card.</summary>
    public long Count { get; private set; }

    /// <summary>One left.</summary>
    public void Sent(SimTime at)
    {
        recent.Enqueue((at, Count - arrived));
        while (recent.Peek().At + OnTheirWay < at) recent.Dequeue();
        Count++;
    }

    /// <summary>One arrived.</summary>
    public void Arrived() => arrived++;

    /// <summary>Those that are missing when the trace ends; such as may still be on their way do not count.</summary>
    public long LostBy(SimTime end) => Math.Max(0,
        recent.Where(one => one.At + OnTheirWay >= end).Select(one => one.Before).Append(Count - arrived).Min());
}
