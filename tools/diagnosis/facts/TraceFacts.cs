using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Facts;

/// <summary>What a trace of ours says apart from who had the processor: of the data, of the interrupts, and of how the driver drains.</summary>
/// <param name="Counts">As far as the trace is whole and has the card's side; a run knows them all, and puts its own here.</param>
public sealed record TraceFacts(StreamFacts Stream, InterruptFacts Interrupts, DrainFacts Drain, OwnCodeFacts Own, RunCounts Counts)
{
    public static TraceFacts Of(TraceRecording recording)
    {
        var sources = recording.Sources(TraceSide.Host);
        var (stream, interrupts, drain, own) =
            (new StreamFacts(), new InterruptFacts(sources), new DrainFacts(sources), new OwnCodeFacts(sources));
        var messages = new MessageFacts();
        var (raised, collapsed, inApic) = (0L, 0L, 0L);
        var end = SimTime.Zero;
        foreach (var block in recording.Blocks)
            foreach (ref readonly var e in block.Span)
            {
                end = e.Time;
                stream.Record(e);
                if (e.Side == TraceSide.Host)
                {
                    interrupts.Record(e);
                    drain.Record(e);
                    own.Record(e);
                }
                switch (e.Kind)
                {
                    case TraceKind.InterruptRaised: raised++; break;
                    case TraceKind.InterruptSent: messages.Sent(e.Time); break;
                    case TraceKind.InterruptCollapsed: collapsed++; break;
                    case TraceKind.InterruptRequested when e.B != 0 && e.Side == TraceSide.Host && sources[(int)e.Source].IsDeviceMessage:
                        inApic++;
                        messages.Arrived();
                        break;
                    case TraceKind.IsrBegin when sources[(int)e.Source].IsDeviceMessage: messages.Arrived(); break;
                }
            }
        interrupts.End();
        // Of windows nobody knows what came between them.
        var counts = new InterruptCounts(
            raised, messages.Count, stream.Omitted > 0 ? 0 : messages.LostBy(end), 0, collapsed, inApic, drain.Coalesced, new Dictionary<string,
                long>());
        return new TraceFacts(stream, interrupts, drain, own, new RunCounts(counts, stream.Fates, null, _ => null));
    }
}
