using System.Runtime.InteropServices;
using Google.Protobuf;
using Pcie.Control.Wire;
using Pcie.Trace;

namespace Pcie.Card.Control;

/// <summary>Keeps every event of a session, in memory, in blocks of a size fit to send.</summary>
/// <param name="tracer">Whose events they are.</param>
internal sealed class TraceRecording(Tracer tracer) : ITraceSink
{
    // 32768 events of 32 bytes: a mebibyte.
    private const int EventsPerBlock = 1 << 15;

    private readonly List<TraceEvent[]> blocks = [];
    private int countInLast = EventsPerBlock;

    public void Record(in TraceEvent e)
    {
        if (countInLast == EventsPerBlock)
        {
            blocks.Add(new TraceEvent[EventsPerBlock]);
            countInLast = 0;
        }
        blocks[^1][countInLast++] = e;
    }

    /// <summary>What is recorded by now. May be enumerated later and elsewhere: events that are there do not change.</summary>
    public IEnumerable<TraceBlock> Blocks
    {
        get
        {
            var (recorded, last, names) = (blocks.ToArray(), countInLast, tracer.Sources.ToArray());
            return recorded.Select((events, i) => BlockOf(events.AsSpan(0, i == recorded.Length - 1 ? last : EventsPerBlock), i == 0 ? names : []));
        }
    }

    private static TraceBlock BlockOf(ReadOnlySpan<TraceEvent> events, string[] names)
    {
        // TraceEvent lies in memory as in a recording, on a little-endian machine; .NET runs on no other that matters here.
        var block = new TraceBlock { Events = ByteString.CopyFrom(MemoryMarshal.AsBytes(events)) };
        block.Sources.AddRange(names);
        return block;
    }
}
