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

    public static IReadOnlyList<Cure> Of(Wait wait, StreamFacts? stream)
    {
        var cures = new List<Cure>();
        var (running, ahead) = (TimeOf(wait, ShareKind.AlreadyRunning), TimeOf(wait, ShareKind.AheadInQueue));
        var (isrs, raised) = (TimeOf(wait, ShareKind.Interrupts), TimeOf(wait, ShareKind.RaisedIrql));
        var thread = TimeOf(wait, ShareKind.Thread);
        var (silent, deferred) = (TimeOf(wait, ShareKind.Silent), TimeOf(wait, ShareKind.Deferred));
        var run = wait.Ended - wait.Began;
        if (stream is not null && stream.SlotsFor(wait.Delay, run) is > 0 and var slots && slots > stream.Slots)
            cures.Add(new Cure(true, Text($"a DMA buffer of {slots:#,0} slots ({wait.Delay} and {run} of copying, a chunk every {stream.Period})")
                + (stream.Slots > 0 ? Text($"; it has {stream.Slots:#,0}") : "")));
        if (Matters(deferred)) cures.Add(new Cure(true, Text($"high importance, which asks for the DPC interrupt at once: {deferred} less")));
        if (Matters(ahead)) cures.Add(new Cure(true, Text($"high importance, unless those ahead have it too: up to {ahead} less")));
        else if (Matters(running)) cures.Add(new Cure(false, "higher importance: what it waited for was already running"));
        else if (Matters(raised)) cures.Add(new Cure(false, "higher importance: no DPC runs on a processor whose IRQL is raised"));
        if (Matters(thread))
            cures.Add(new Cure(true, Text($"high importance, if the DPC has low importance or another processor's queue: up to {thread} less; ")
                + "not if the thread has raised its IRQL"));
        var elsewhere = new Duration(running.Nanoseconds + ahead.Nanoseconds + isrs.Nanoseconds + raised.Nanoseconds + thread.Nanoseconds);
        if (Matters(elsewhere))
            cures.Add(new Cure(
                true, Text($"another processor than CPU {wait.Processor} (interrupt affinity): {elsewhere} of it was this one's alone")));
        if (Matters(silent)) cures.Add(new Cure(false, "another processor nor importance: the machine stood still; only room outlasts it"));
        return cures;

        bool Matters(Duration time) => IsWorthwhile(time, wait);
    }

    internal static bool IsWorthwhile(Duration time, Wait wait) =>
        wait.Delay > Duration.Zero && time.Nanoseconds > Worthwhile * wait.Delay.Nanoseconds;

    internal static Duration TimeOf(Wait wait, ShareKind kind) =>
        new(wait.Shares.Where(share => share.Kind == kind).Sum(share => share.Time.Nanoseconds));

    internal static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
