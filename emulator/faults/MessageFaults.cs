using System.Buffers.Binary;
using Pcie.Pci;
using Pcie.Pci.Messages;
using Pcie.Time;

namespace Pcie.Emulator.Faults;

/// <summary>Hits messages on their way out: they are dropped, leave later, or leave once more later.</summary>
/// <remarks>Allocates only for messages that are delayed.</remarks>
internal sealed class MessageFaults : ITlpSender, ITimelineTarget
{
    private readonly ITlpSender next;
    private readonly ArmedFaults armed;
    private readonly Timeline timeline;
    private readonly TimelineEvent due;
    private readonly Queue<(SimTime At, ulong Address, uint Data)> late = new();
    private SimTime lastLate;

    public MessageFaults(ITlpSender next, ArmedFaults armed, Timeline timeline)
    {
        (this.next, this.armed, this.timeline) = (next, armed, timeline);
        due = timeline.CreateEvent(this);
    }

    /// <summary>Forgets the messages that were to leave later.</summary>
    /// <returns>How many.</returns>
    public int Forget()
    {
        var forgotten = late.Count;
        due.Cancel();
        late.Clear();
        return forgotten;
    }

    public void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        // A message is told by where it goes, as the root complex tells it.
        if (tlp.Kind != TlpKind.MemoryWrite || !MsiAddress.IsMessage(tlp.Address))
        {
            next.Send(tlp, payload);
            return;
        }
        var address = (long)tlp.Address;
        if (armed.Take(FaultKind.MsiDropped, address) is not null) return;
        if (armed.Take(FaultKind.MsiDelayed, address) is { } delayed)
        {
            SendLater(tlp, payload, delayed.Duration);
            return;
        }
        next.Send(tlp, payload);
        if (armed.Take(FaultKind.MsiDuplicated, address) is { } duplicated) SendLater(tlp, payload, duplicated.Duration);
    }

    void ITimelineTarget.Due(int tag)
    {
        Span<byte> data = stackalloc byte[4];
        while (late.TryPeek(out var message) && message.At <= timeline.Now)
        {
            late.Dequeue();
            BinaryPrimitives.WriteUInt32LittleEndian(data, message.Data);
            next.Send(Tlp.Request(TlpKind.MemoryWrite, message.Address, data.Length), data);
        }
        if (late.Count > 0) due.Schedule(late.Peek().At);
    }

    // In the order in which messages were raised, also if a later one is delayed for less.
    private void SendLater(in Tlp tlp, ReadOnlySpan<byte> data, Duration delay)
    {
        lastLate = SimTime.Max(timeline.Now + delay, lastLate);
        late.Enqueue((lastLate, tlp.Address, BinaryPrimitives.ReadUInt32LittleEndian(data)));
        if (!due.IsScheduled) due.Schedule(late.Peek().At);
    }
}
