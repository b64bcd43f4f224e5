using Pcie.Diagnosis.Facts;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Registers;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emu.Running;

/// <summary>What the verdicts take from a run's report, since its flight recording, being of windows only, does not tell.</summary>
public static class ReportedCounts
{
    // Counters of the card, by name.
    private const string Lost = "faults.msi-dropped", Delayed = "faults.msi-delayed", Full = "chunks.dropped.full",
        FifoOverflow = "chunks.dropped.fifo-overflow", OnLink = "faults.lost-on-link", Reset = "faults.function-reset", LinkDown = "faults.link-down",
        Burst = "faults.source-burst";

    private const int OnTheirWay = 4;

    // Below are offsets in configuration space.
    private const long BarWindow = 0x1000;

    private static readonly Lazy<RegisterFile> Registers = new(() =>
    {
        using var card = EmulatedCard.InNoSlot(CardDesign.Daq(new DaqCardOptions()));
        return card.Card.Registers;
    });

    public static RunCounts Of(RunReport report)
    {
        var interrupts = report.Interrupts;
        var ours = new InterruptCounts(interrupts.Raised, interrupts.Sent, MessagesLost(report),
            (long)report.Card.GetValueOrDefault(Delayed), interrupts.Collapsed - interrupts.CollapsedInApic, interrupts.CollapsedInApic,
            report.Dpc.Coalesced, report.Collapse.ToDictionary(point => CollapseCounter.WordsOf(point.Key), point => point.Value));
        var counts = report is DaqReport daq
            ? new RunCounts(ours, Fates(daq.Chunks, report.Card), DesignOf(daq.Design), RegisterAt)
            {
                Produced = daq.Chunks.Produced, CopiesDiscarded = daq.Driver.TornCopiesDiscarded,
                Simulated = new Duration(report.SimulatedNs), Restarts = daq.Driver.DeviceRestarts,
                Resets = (long)(report.Card.GetValueOrDefault(Reset) + report.Card.GetValueOrDefault(LinkDown)),
                SourceBursts = (long)report.Card.GetValueOrDefault(Burst),
            }
            : new RunCounts(ours, new ChunkFates { Other = report.CountLost() }, null, _ => null);
        counts = counts with { LostOnLink = (long)report.Card.GetValueOrDefault(OnLink) };
        return report.Lag.FellBehind ? counts with { FellBehind = new Duration(Math.Max(report.Lag.HostNs, report.Lag.CardNs)) } : counts;
    }

    private static DesignFacts DesignOf(DesignFigures design) => new(
        design.RearmPolicy, design.LastLook, design.Drain, design.ModerationCount, new Duration(design.ModerationNs));

    // Exact where the card counts what faults did to its messages; else one or two may be on their way as the run ends, which is nothing to speak of.
    private static long MessagesLost(RunReport report)
    {
        var lost = (long)report.Card.GetValueOrDefault(Lost);
        var missing = report.Interrupts.Sent - report.Host.Messages;
        return lost > 0 ? lost : report.Card.ContainsKey(Lost) || missing <= OnTheirWay ? 0 : missing;
    }

    private static ChunkFates Fates(ChunkFigures chunks, IReadOnlyDictionary<string, ulong> card)
    {
        var (full, inFifo) = ((long)card.GetValueOrDefault(Full), (long)card.GetValueOrDefault(FifoOverflow));
        return new ChunkFates
        {
            Overwritten = chunks.Overwritten, DroppedFull = full, DroppedInFifo = inFifo,
            DroppedStopped = chunks.Dropped - chunks.Refused - full - inFifo, Refused = chunks.Refused, Abandoned = chunks.Abandoned,
            Torn = chunks.Torn, Corrupt = chunks.Corrupt,
        };
    }

    private static string? RegisterAt(long address)
    {
        if (address < BarWindow) return "configuration space";
        var registers = Registers.Value;
        return registers.Find((uint)address % registers.Size)?.Name;
    }
}
