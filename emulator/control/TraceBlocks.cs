using Google.Protobuf;
using Pcie.Control.Wire;
using Pcie.Trace;

namespace Pcie.Emulator.Control;

/// <summary>A card's recording as the control service sends it.</summary>
internal static class TraceBlocks
{
    /// <summary>What is recorded by now. May be enumerated later and elsewhere: events that are there do not change.</summary>
    public static IEnumerable<TraceBlock> Of(TraceSpool recording, IReadOnlyList<TraceSource> sources)
    {
        TraceSource[] known = [.. sources];
        return recording.Read().Select((events, i) => BlockOf(events.Span, i == 0 ? known : []));
    }

    private static TraceBlock BlockOf(ReadOnlySpan<TraceEvent> events, TraceSource[] sources)
    {
        var bytes = new byte[events.Length * TraceFile.EventLength];
        TraceFile.Encode(events, bytes);
        var block = new TraceBlock { Events = UnsafeByteOperations.UnsafeWrap(bytes) };
        block.Sources.AddRange(sources.Select(source => source.Name));
        block.SourceRoles.AddRange(sources.Select(source => (uint)source.Role));
        return block;
    }
}
