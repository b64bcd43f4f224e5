using System.Globalization;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Facts;
using Pcie.Time;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>What would have prevented a DPC's wait, or outlasted it; and what would not have helped, which is as good to know.</summary>
public static class Cures
{
    // Less than this of a wait is not worth a change.
    private const double Worthwhile = 0.05;

    /// <param name="makesUp">Whether the driver makes up for a delay that is outlasted (<see cref="Situation.MakesUp"/>).</param>
    public static IReadOnlyList<Cure> Of(Wait wait, StreamFacts? stream, bool makesUp)
    {
        var cures = new List<Cure>();
        var (running, ahead) = (TimeOf(wait, ShareKind.AlreadyRunning), TimeOf(wait, ShareKind.AheadInQueue));
        var (isrs, raised) = (TimeOf(wait, ShareKind.Interrupts), TimeOf(wait, ShareKind.RaisedIrql));
        var thread = TimeOf(wait, ShareKind.Thread);
        var (silent, deferred) = (TimeOf(wait, ShareKind.Silent), TimeOf(wait, ShareKind.Deferred));
        var run = wait.Ended - wait.Began;
        if (stream is not null && stream.SlotsFor(wait.Delay + run) is > 0 and var slots && slots > stream.Slots)
            cures.Add(new Cure(makesUp ? CureHelp.Would : CureHelp.May,
                Text($"a DMA buffer of {slots:#,0} slots ({wait.Delay} and {run} of copying, a chunk every {stream.Period})")
                    + (stream.Slots > 0 ? Text($"; it has {stream.Slots:#,0}") : ""), Slots(slots)));
        if (Matters(deferred)) cures.Add(new Cure(
            Suffices(deferred), Text($"high importance, which asks for the DPC interrupt at once: {deferred} less"), HighImportance));
        if (Situation.IsOfLinux(wait)) cures.AddRange(OfLinux(wait, running, ahead, thread));
        else cures.AddRange(ByImportance(wait, running, ahead, raised, thread));
        var elsewhere = new Duration(running.Nanoseconds + ahead.Nanoseconds + isrs.Nanoseconds + raised.Nanoseconds + thread.Nanoseconds);
        if (Matters(elsewhere))
            cures.Add(new Cure(CureHelp.May,
                Text($"another processor than CPU {wait.Processor} (interrupt affinity), if less comes in between there: ")
                + Text($"{elsewhere} of it was this one's alone")));
        if (Matters(silent))
            cures.Add(new Cure(CureHelp.WouldNot, "another processor nor importance: the machine stood still; only room outlasts it"));
        return cures;

        bool Matters(Duration time) => IsWorthwhile(time, wait);

        // It would save the chunk, also where chunks come closer than on average; or if nothing is known of chunks, the time.
        CureHelp Suffices(Duration less) => stream is not { Slack: { Nanoseconds: > 0 } slack }
            || makesUp && 2 * (wait.Delay - less + run + stream.Transfer).Nanoseconds < slack.Nanoseconds ? CureHelp.Would : CureHelp.May;
    }

    private static IEnumerable<Cure> ByImportance(Wait wait, Duration running, Duration ahead, Duration raised, Duration thread)
    {
        if (IsWorthwhile(ahead, wait))
            yield return new Cure(CureHelp.May, Text($"high importance, unless those ahead have it and are asked for later: up to {ahead} less"),
                HighImportance);
        else if (IsWorthwhile(running, wait))
            yield return new Cure(CureHelp.WouldNot, "higher importance: what it waited for was already running");
        else if (IsWorthwhile(raised, wait))
            yield return new Cure(CureHelp.WouldNot, "higher importance: no DPC runs on a processor whose IRQL is raised");
        if (IsWorthwhile(thread, wait))
            yield return new Cure(CureHelp.May,
                Text($"high importance, if the DPC has low importance or another processor's queue: up to {thread} less; ")
                + "not if the thread has raised its IRQL", HighImportance);
    }

    private static IEnumerable<Cure> OfLinux(Wait wait, Duration running, Duration ahead, Duration thread)
    {
        if (!Situation.IsOfThread(wait) && IsWorthwhile(running + ahead, wait))
            yield return new Cure(CureHelp.May,
                "an interrupt's thread of its own (request_threaded_irq) with a high real-time priority, which no softirq is ahead of on PREEMPT_RT");
        if (!IsWorthwhile(thread, wait)) yield break;
        yield return Situation.IsOfThread(wait)
            ? new Cure(CureHelp.May, Text($"a higher real-time priority of {wait.Source} (chrt): up to {thread} less; ")
                + "not if the other has preemption off (ftrace's preemptoff tells)")
            : new Cure(CureHelp.May,
                Text($"shorter stretches of that thread with softirqs or interrupts off (ftrace's irqsoff tells): up to {thread} less"));
    }

    internal const string HighImportance = "driver.dpc-importance=high";

    internal static string Slots(long slots) => Text($"driver.ring-slots={slots}");

    internal static bool IsWorthwhile(Duration time, Wait wait) =>
        wait.Delay > Duration.Zero && time.Nanoseconds > Worthwhile * wait.Delay.Nanoseconds;

    internal static Duration TimeOf(Wait wait, ShareKind kind) =>
        new(wait.Shares.Where(share => share.Kind == kind).Sum(share => share.Time.Nanoseconds));

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
