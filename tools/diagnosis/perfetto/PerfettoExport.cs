using Pcie.Diagnosis.Machine;
using Pcie.Diagnosis.Facts;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Perfetto;

/// <summary>Writes a recording, ours or a real machine's, as a Perfetto trace: for ui.perfetto.dev and Windows Performance Analyzer.</summary>
/// <param name="Slices">ISRs, DPCs and threads that were written.</param>
/// <param name="Cut">Of these, those that had to be cut for slices to nest: times of a recording that are rounded, or too much within one.</param>
/// <param name="Losses">What the recording says that it lacks.</param>
public sealed record PerfettoExport(long Slices, long Cut, IReadOnlyList<string> Losses)
{
    /// <summary>What a Perfetto trace's name ends in.</summary>
    public const string Extension = ".perfetto-trace";

    /// <summary>Writes a trace of ours: processors, card and data.</summary>
    public static PerfettoExport OfTrace(TraceRecording recording, Stream stream)
    {
        using var file = new PerfettoFile(stream);
        var card = new PerfettoCard(file, TraceIntervals.DeviceMessages(recording.Sources(TraceSide.Host)));
        var machine = new PerfettoMachine(file, card.TakeArrows);
        var last = SimTime.Zero;
        // The card's side first: an ISR is told when it ends, and the messages that it answers are known by then.
        foreach (var block in recording.Blocks)
            foreach (ref readonly var e in block.Span)
            {
                card.Record(e);
                last = e.Time;
            }
        var telling = TraceIntervals.Tell(recording, machine);
        if (telling.Incomplete > 0) machine.Lost(telling.Incomplete, "begin or end is not in the trace");
        card.End(last, TraceSide.Device);
        return End(machine);
    }

    /// <summary>Writes a real machine's recording, as the importer reads it: processors only.</summary>
    /// <param name="import">Reads it, and tells the sink.</param>
    public static PerfettoExport OfMachine(Action<IMachineSink> import, Stream stream)
    {
        using var file = new PerfettoFile(stream);
        var machine = new PerfettoMachine(file, (_, _) => []);
        import(machine);
        return End(machine);
    }

    private static PerfettoExport End(PerfettoMachine machine)
    {
        machine.End();
        return new PerfettoExport(machine.Slices, machine.Cut, machine.Losses);
    }
}
