using System.Runtime.InteropServices;
using Google.Protobuf;
using Pcie.Control.Wire;
using Pcie.Trace;

namespace Pcie.Emulator.Control;

/// <summary>A card's recording as the control service sends it.</summary>
internal static class TraceBlocks
{
    /// <summary>What is recorded by now. May be enumerated later and elsewhere: events that are there do not change.</summary>
    public static IEnumerable<TraceBlock> Of(TraceRecording recording, IReadOnlyList<string> sources)
    {
        string[] names = [.. sources];
        return ((ReadOnlyMemory<TraceEvent>[])[.. recording.Blocks]).Select((events, i) => BlockOf(events.Span, i == 0 ? names : []));
    }

    private static TraceBlock BlockOf(ReadOnlySpan<TraceEvent> events, string[] names)
    {
        // TraceEvent lies in memory as in a recording, on a little-endian machine; .NET runs on no other that matters here.
        var block = new TraceBlock { Events = ByteString.CopyFrom(MemoryMarshal.AsBytes(events)) };
        block.Sources.AddRange(names);
        return block;
    }
}
