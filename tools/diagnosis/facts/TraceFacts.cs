using Pcie.Trace;

namespace Pcie.Diagnosis.Facts;

/// <summary>What a trace of ours says apart from who had the processor: of the data, of the interrupts, and of how the driver drains.</summary>
/// <param name="Counts">As far as the trace is whole and has the card's side; a run knows them all, and puts its own here.</param>
public sealed record TraceFacts(StreamFacts Stream, InterruptFacts Interrupts, DrainFacts Drain, InterruptCounts Counts)
{
    public static TraceFacts Of(TraceRecording recording)
    {
        var sources = recording.Sources(TraceSide.Host);
        var (stream, interrupts, drain) = (new StreamFacts(), new InterruptFacts(sources), new DrainFacts(sources));
        var (raised, sent, collapsed, inApic) = (0L, 0L, 0L, 0L);
        foreach (var block in recording.Blocks)
            foreach (ref readonly var e in block.Span)
            {
                stream.Record(e);
                if (e.Side == TraceSide.Host)
                {
                    interrupts.Record(e);
                    drain.Record(e);
                }
                switch (e.Kind)
                {
                    case TraceKind.InterruptRaised: raised++; break;
                    case TraceKind.InterruptSent: sent++; break;
                    case TraceKind.InterruptCollapsed: collapsed++; break;
                    case TraceKind.InterruptRequested when e.B != 0 && e.Side == TraceSide.Host && sources[(int)e.Source].IsDeviceMessage:
                        inApic++;
                        break;
                }
            }
        interrupts.End();
        var counts = new InterruptCounts(raised, sent, collapsed, inApic, drain.Coalesced, new Dictionary<string, long>());
        return new TraceFacts(stream, interrupts, drain, counts);
    }
}
