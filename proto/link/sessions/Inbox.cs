using Pcie.Link.DataLinkLayer;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Sessions;

/// <summary>
/// Frames that were received, and the TLPs of theirs that have not arrived yet: in free-running time a TLP arrives one latency after
/// it was sent, as an event of the timeline.
/// </summary>
/// <remarks>Allocates nothing once its queue has grown to its working size.</remarks>
internal sealed class Inbox : ITimelineTarget
{
    private readonly Timeline timeline;
    private readonly FramePool pool;
    private readonly Duration latency;
    private readonly TimelineEvent arrival;
    private readonly FrameQueue frames = new();
    private int next;
    private SimTime lastStamp;

    public Inbox(Timeline timeline, FramePool pool, Duration latency)
    {
        this.timeline = timeline;
        this.pool = pool;
        this.latency = latency;
        arrival = timeline.CreateArrivalEvent(this);
    }

    /// <summary>
    /// No later than what arrives next of what was received; also while something is told of an arrival, when the next is not on the timeline yet.
    /// </summary>
    public SimTime NextArrival => frames.Peek() is not { } frame ? SimTime.Never : next < frame.Count ? frame[next].SentAt + latency
        : frames.Count > 1 ? timeline.Now : SimTime.Never;

    /// <summary>Told of every arrival.</summary>
    public ITlpReceiver? Receiver { get; set; }

    /// <summary>Takes a frame whose TLPs will arrive in time; the frame goes back to the pool after its last.</summary>
    /// <returns>What is wrong with the stamps, or null.</returns>
    public string? Accept(Frame frame)
    {
        var before = lastStamp;
        for (var i = 0; i < frame.Count; i++)
        {
            // The rule that keeps both sides in one time; a peer that breaks it would change the past.
            if (frame[i].SentAt + latency < timeline.Now)
                return $"a TLP stamped {frame[i].SentAt} arrives in the past: it is already {timeline.Now}, the latency is {latency}";
            if (frame[i].SentAt < before) return $"a TLP stamped {frame[i].SentAt} follows one stamped {before}";
            before = frame[i].SentAt;
        }
        if (frame.Count == 0)
        {
            pool.Return(frame);
            return null;
        }
        // Stamped far ahead, frames would pile up: time does not come to them unless the peer wants it to.
        if (frames.IsAtHardLimit) return $"{FrameQueue.HardLimit} were sent ahead of time, and none of them arrives yet";
        lastStamp = before;
        frames.Add(frame);
        if (frames.Count == 1) arrival.Schedule(frame[0].SentAt + latency);
        return null;
    }

    /// <summary>Delivers a frame's TLPs now, in wall-clock time.</summary>
    public void Deliver(Frame frame)
    {
        for (var i = 0; i < frame.Count; i++) Receiver?.Receive(frame[i], frame.PayloadOf(frame[i]));
        pool.Return(frame);
    }

    /// <summary>What has not arrived never will: the link is down.</summary>
    public void Discard()
    {
        while (frames.Take() is { } frame) pool.Return(frame);
        next = 0;
        arrival.Cancel();
    }

    void ITimelineTarget.Due(int tag)
    {
        var frame = frames.Peek()!;
        ref readonly var tlp = ref frame[next++];
        Receiver?.Receive(tlp, frame.PayloadOf(tlp));
        if (frames.Count == 0) return; // the receiver took the link down
        if (next == frame.Count)
        {
            pool.Return(frames.Take()!);
            next = 0;
        }
        if (frames.Peek() is { } following) arrival.Schedule(following[next].SentAt + latency);
    }
}
