using System.Globalization;
using System.Text;
using Pcie.Time;

namespace Pcie.DriverModel.Report;

/// <summary>A report as a person reads it on a terminal.</summary>
public static class RunSummary
{
    private const string FaultPrefix = "faults.", LostOnLink = "faults.lost-on-link";

    /// <param name="losses">Whether it lists losses; not if something else does.</param>
    public static string Of(RunReport r, bool losses = true)
    {
        var text = new StringBuilder();
        var driver = r.Summarize(losses);
        if (r.Title.Length > 0) text.AppendLine(r.Title);
        var speed = r.WallNs > 0 ? (double)r.SimulatedNs / r.WallNs : 0;
        Line("run", $"{r.Scenario}, seed {r.Seed}, over {r.Link}, {r.Pacing}: {Time(r.SimulatedNs)} in {Time(r.WallNs)} (x{Speed(speed)})");
        Line("events", $"{r.Events:#,0}: {Number(r.Host.Interrupts, "interrupt")}, {Number(r.Host.Dpcs, "DPC")}, {Number(r.Host.Ticks, "tick")}, "
            + driver.Moved);
        CardLines(r, driver);
        if (r.IsByWallClock)
            Line("wall clock", $"the host fell up to {Time(r.Lag.HostNs)} behind it, "
                + $"the card {(r.IsCardKnown ? $"up to {Time(r.Lag.CardNs)}" : "is unknown")}"
                + (r.Lag.FellBehind ? "; the times above contain that, and are not the driver's" : ""));
        Line("trace", $"digest {(r.Digest.Length > 0 ? r.Digest : "unknown")}; {Number(r.RoundTrips, "round trip")} on the link");
        EndLines(r);
        foreach (var (name, other) in r.Cards)
        {
            var own = other.Summarize(losses);
            Line("CARD", $"{name}, over {other.Link}: {own.Moved}");
            CardLines(other, own);
            EndLines(other);
        }
        Line("expected", r.Outcome == RunOutcome.Cancelled ? "not judged" : !r.Expect.Passed ? "NOT AS EXPECTED"
            : r.Expect.Skipped > 0 ? "accounted for; the scenario's expectations are for its own duration and were not judged"
            : r.Expect.Excused.Count > 0 ? "NOT JUDGED: not what the scenario expects, on a machine that fell behind by more than half of the run"
            : r.Expect.Unknown.Count > 0
                ? $"as the scenario expects; not judged, since only the card could tell: {string.Join(", ", r.Expect.Unknown)}"
            : "everything as the scenario expects");
        foreach (var sentence in (string[])[.. r.Expect.Failures, .. r.Expect.Excused]) Line("", sentence);
        return text.ToString().TrimEnd();

        // What is of one card and its driver.
        void CardLines(RunReport one, DriverSummary driver)
        {
            Lines(driver.Account);
            Line("interrupts", $"{one.OfCard(one.Interrupts.Raised)} raised, "
                + $"{one.OfCard(one.Interrupts.Sent, "message")} sent, "
                + $"{one.OfCard(one.Interrupts.Collapsed)} collapsed, {one.OfCard(one.Interrupts.Masked)} held back; "
                + $"{Number(one.Interrupts.Isr, "ISR")} with {Number(one.IsrRegisterReads, "register read")}");
            if (Faults(one) is { Length: > 0 } faults)
            {
                Line("faults", faults);
                var host = Counted((one.Host.FailedReads, "reads of all-ones"), (one.Host.TimedOutReads, "reads timed out"));
                Line("driver", string.Join(", ", host.Concat(driver.Reactions)) is { Length: > 0 } reactions ? reactions : "noticed nothing");
            }
            if (one.Collapse.Count > 0) Line("collapsed", $"at {string.Join(", ", one.Collapse.Select(point => $"{point.Key} {point.Value:#,0}"))}");
            Line("DPCs", $"{one.Dpc.Queued:#,0} queued, {one.Dpc.Coalesced:#,0} coalesced, {Number(one.Dpc.Runs, "run")}");
            Line("ISR to DPC", one.Dpc.Runs == 0 ? "no DPC ran" : one.IsrToDpcNs.ToString());
            Lines(driver.Delays);
        }

        void EndLines(RunReport one)
        {
            if (one.Failure is { } ended && r.Expect.Passed) Line("ended", ended);
            if (one.Missing.Count > 0) Line("MISSING", string.Join(", ", one.Missing));
        }

        void Line(string label, string line) => text.Append(label.PadRight(12)).AppendLine(line);

        void Lines(IEnumerable<SummaryLine> lines)
        {
            foreach (var line in lines) Line(line.Label, line.Text);
        }
    }

    /// <summary>What is not zero, each with its count.</summary>
    public static IEnumerable<string> Counted(params IEnumerable<(long Count, string What)> seen) =>
        seen.Where(s => s.Count > 0).Select(s => $"{s.What}: {s.Count:#,0}");

    // What was made to go wrong with the card, and hit. What a link that is down loses is no fault of its own, but what comes of one.
    private static string Faults(RunReport r)
    {
        var faults = string.Join(", ", Counted(r.Card
            .Where(counter => counter.Key.StartsWith(FaultPrefix, StringComparison.Ordinal) && counter.Key != LostOnLink)
            .Select(counter => ((long)counter.Value, counter.Key[FaultPrefix.Length..]))));
        return r.Card.GetValueOrDefault(LostOnLink) is > 0 and var lost ? $"{faults}; {lost:#,0} writes lost on the link" : faults;
    }

    private static string Speed(double times) => times.ToString(times < 0.1 ? "0.####" : "#,0.#", CultureInfo.InvariantCulture);

    private static string Number(long number, string one) => Tables.Counted.Of(number, one);

    private static string Time(long nanoseconds) => new Duration(nanoseconds).ToString();
}
