using System.Text;
using Pcie.Time;

namespace Pcie.DriverModel.Run;

/// <summary>A report as a person reads it on a terminal.</summary>
public static class RunSummary
{
    private const int MostOverruns = 5;
    private const string FaultPrefix = "faults.";

    /// <param name="overruns">Whether it lists overruns; not if something else does.</param>
    public static string Of(RunReport r, bool overruns = true)
    {
        var text = new StringBuilder();
        if (r.Title.Length > 0) text.AppendLine(r.Title);
        var speed = r.WallNs > 0 ? (double)r.SimulatedNs / r.WallNs : 0;
        Line("run", $"{r.Scenario}, seed {r.Seed}, over {r.Link}, {r.Pacing}: {Time(r.SimulatedNs)} in {Time(r.WallNs)} (x{speed:#,0.#})");
        Line("events", $"{r.Events:#,0}: {r.Host.Interrupts:#,0} interrupts, {r.Host.Dpcs:#,0} DPCs, {r.Host.Ticks:#,0} ticks, {r.Chunks.Produced:#,0} chunks");
        Line("chunks", $"{r.Chunks.Produced:#,0} produced = {r.Chunks.Delivered:#,0} delivered + {r.Chunks.Overwritten:#,0} overwritten + "
            + $"{r.Chunks.Dropped:#,0} dropped + {(r.Chunks.Abandoned == 0 ? "" : $"{r.Chunks.Abandoned:#,0} abandoned + ")}{r.Chunks.InFlight:#,0} in flight{(r.Accounted ? "" : "   NOT ACCOUNTED FOR")}");
        if (r.Chunks.Corrupt > 0) Line("", $"{r.Chunks.Corrupt:#,0} of the delivered ones corrupt");
        if (r.Data.SourceSha256 is not null)
            Line("data", $"{r.Data.Bytes:#,0} bytes, SHA-256 at the card and at the reader {(r.Data.HashEqual ? "equal" : "DIFFERENT")}: {r.Data.DeliveredSha256}");
        Line("interrupts", $"{r.Interrupts.Raised:#,0} raised, {r.Interrupts.Sent:#,0} messages sent, {r.Interrupts.Collapsed:#,0} collapsed, "
            + $"{r.Interrupts.Masked:#,0} held back; {r.Interrupts.Isr:#,0} ISRs with {r.IsrRegisterReads:#,0} register reads");
        if (Faults(r) is { Length: > 0 } faults)
        {
            Line("faults", faults);
            Line("driver", Reaction(r));
        }
        if (r.Collapse.Count > 0) Line("collapsed", $"at {string.Join(", ", r.Collapse.Select(point => $"{point.Key} {point.Value:#,0}"))}");
        Line("DPCs", $"{r.Dpc.Queued:#,0} queued, {r.Dpc.Coalesced:#,0} coalesced, {r.Dpc.Runs:#,0} runs");
        Line("ISR to DPC", Latency(r.IsrToDpcNs));
        Line("to copy", Latency(r.ArrivalToCopyNs));
        foreach (var o in r.Overruns.Take(overruns ? MostOverruns : 0))
            Line("OVERRUN", $"chunk {o.Sequence:#,0} at {new SimTime(o.AtNs)}, before it was copied; "
                + (o.IsrToDpcNs is { } late ? $"its DPC began {Time(late)} after the ISR" : "no DPC came for it"));
        if (overruns && r.Chunks.Overwritten > MostOverruns) Line("", $"and {r.Chunks.Overwritten - MostOverruns:#,0} more");
        Line("trace", $"digest {r.Digest}; {r.RoundTrips:#,0} round trips on the link");
        if (r.Failure is { } ended && r.Expect.Passed) Line("ended", ended);
        Line("expected", !r.Expect.Passed ? "NOT AS EXPECTED"
            : r.Expect.Skipped > 0 ? "accounted for; the scenario's expectations are for its own duration and were not judged"
            : "everything as the scenario expects");
        foreach (var failure in r.Expect.Failures) Line("", failure);
        return text.ToString().TrimEnd();

        void Line(string label, string line) => text.Append(label.PadRight(12)).AppendLine(line);
    }

    // What was made to go wrong with the card, and hit.
    private static string Faults(RunReport r) => string.Join(", ", r.Card
        .Where(counter => counter.Key.StartsWith(FaultPrefix, StringComparison.Ordinal) && counter.Value > 0)
        .Select(counter => $"{counter.Key[FaultPrefix.Length..]}: {counter.Value:#,0}"));

    // What the driver saw of it, and did.
    private static string Reaction(RunReport r)
    {
        var seen = new (long Count, string What)[]
        {
            (r.Host.FailedReads, "reads of all-ones"),
            (r.Host.TimedOutReads, "reads timed out"),
            (r.Driver.FailedCauseReads, "ISRs without a cause register"),
            (r.Driver.UnclaimedInterrupts, "interrupts not claimed"),
            (r.Driver.LostInterrupts, "interrupts missed"),
            (r.Chunks.Corrupt, "chunks corrupt"),
            (r.Driver.OverrunsReported, "overruns reported"),
            (r.Driver.ErrorsReported, "errors reported"),
            (r.Driver.DeviceRestarts, "restarts of the device"),
        };
        var text = string.Join(", ", seen.Where(s => s.Count > 0).Select(s => $"{s.What}: {s.Count:#,0}"));
        if (r.Driver.DeviceFailed) text += (text.Length > 0 ? ", " : "") + "gave the device up";
        return text.Length > 0 ? text : "noticed nothing";
    }

    private static string Latency(LatencyFigures l) =>
        $"p50 {Time(l.P50)}, p99 {Time(l.P99)}, p99.9 {Time(l.P999)}, max {Time(l.Max)}";

    private static string Time(long nanoseconds) => new Duration(nanoseconds).ToString();
}
