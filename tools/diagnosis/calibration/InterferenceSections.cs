using System.Globalization;
using System.Text;
using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>
/// Writes measured sources as a scenario's <c>[[host.interference]]</c> sections: each distribution as the quantiles that were measured, with
/// how well it fits in a comment.
/// </summary>
public static class InterferenceSections
{
    /// <summary>As many sources as a scenario may have.</summary>
    public const int MaxSources = 100;

    // What a scenario can say.
    private static readonly IntervalKind[] Kinds = [IntervalKind.Isr, IntervalKind.Dpc, IntervalKind.TimerDpc, IntervalKind.ThreadedDpc];

    private static readonly string[] Softirqs =
        ["hi", "timer", "net-tx", "net-rx", "block", "irq-poll", "tasklet", "sched", "hrtimer", "rcu"];

    /// <summary>Those that are written; the others are named in a comment.</summary>
    public static IReadOnlyList<SourceMeasurement> Written(IReadOnlyList<SourceMeasurement> sources) =>
        LeadersFirst([.. sources.Where(s => Kinds.Contains(s.Kind)).Take(MaxSources)]);

    // A source follows one that stands before it.
    private static List<SourceMeasurement> LeadersFirst(List<SourceMeasurement> sources)
    {
        var ordered = new List<SourceMeasurement>();
        foreach (var source in sources.OrderBy(s => s.Cause is not null)) Add(source);
        return ordered;

        void Add(SourceMeasurement source)
        {
            if (!sources.Contains(source) || ordered.Contains(source)) return;
            if ((source.Cause ?? source.Following?.Leader) is { } leader) Add(leader);
            ordered.Add(source);
        }
    }

    public static string NameOf(SourceMeasurement source) =>
        $"{source.Name} {WordOf(source.Kind)} cpu{source.Processor}"
        + (source.Cause is { } cause ? $" after {cause.Name}" : source.Origin == RequestOrigin.Thread ? " of a thread" : "");

    /// <summary>Of a recording.</summary>
    /// <param name="sources">As <see cref="MachineMeasurement.Close"/> gives them.</param>
    /// <param name="origin">The recording's name, for the head.</param>
    /// <param name="leftOut">Sources that the user does not want.</param>
    public static string Of(MachineMeasurement machine, IReadOnlyList<SourceMeasurement> sources, string origin,
        IReadOnlyList<SourceMeasurement>? leftOut = null)
    {
        var text = new StringBuilder();
        var written = Written(sources);
        Comment(text, $"Calibrated from {origin}: {machine.Length} of {machine.Processors} processors, {written.Count} sources. "
            + "The comments give measured");
        Comment(text, "values and, as KS, the greatest difference of measured and fitted distribution functions. "
            + "A DPC that is asked for in an ISR");
        Comment(text, "follows it, with its chance and so long before its end; what ticks in step has an interval in common, and a phase; what comes "
            + "soon after another source");
        Comment(text, "more often than by chance follows that, with its chance and delay, and has the rest by itself. Else every source draws for "
            + "itself, in bursts if it has them.");
        foreach (var loss in machine.Losses) Comment(text, $"NOT COMPLETE: {loss}");
        Name(text, "without, as asked for", leftOut ?? []);
        Name(text, "left out", [.. sources.Except(written)]);
        text.Append(CultureInfo.InvariantCulture, $"\n[host]\nprocessors = {Math.Clamp(machine.Processors, 1, 64)}\n");
        if (sources.Any(source => SoftirqOf(source) is not null)) text.Append("kernel = \"linux\"\n");
        // Names are cleaned when they are written, and a scenario takes each once.
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var source in written)
        {
            var name = NameOf(source);
            for (var other = 2; !names.Add(Quoted(name)); other++) name = $"{NameOf(source)} ({other})";
            var leader = source.Cause ?? source.Following?.Leader;
            Append(text, source, name, leader is not null && written.Contains(leader) ? Quoted(NameOf(leader)) : null);
        }
        return text.ToString();
    }

    /// <summary>
    /// Of a LatencyMon report. It knows counts, totals and the longest, not when: intervals are taken to be independent of each other (exponential).
    /// </summary>
    public static string Of(LatencyMonLoad load, string origin, IReadOnlyList<string> notes)
    {
        var text = new StringBuilder();
        Comment(text, $"Calibrated from {origin}, a LatencyMon report over {load.Time}. "
            + "It says how many ISRs and DPCs took how long, not whose nor when:");
        Comment(text, "a summary for a first impression. Counts, the time that all took together, and the longest are the report's; occurrences are "
            + "independent of each other.");
        Comment(text, Text($"Of the time of {load.Processors} processors, ISRs take {100 * load.ShareOf(true):0.####} %, ")
            + Text($"DPCs {100 * load.ShareOf(false):0.####} %."));
        if (!load.HasProcessors)
            Comment(text, $"How many processors there are the report does not say: {load.Processors} are assumed. "
                + "Its percentages are of all of them.");
        foreach (var note in notes) Comment(text, note);
        text.Append(CultureInfo.InvariantCulture, $"\n[host]\nprocessors = {Math.Clamp(load.Processors, 1, 64)}\n");
        foreach (var source in load.Sources)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n[[host.interference]]\nname = {Quoted(source.Name)}\n");
            if (source.Remark.Length > 0) Comment(text, source.Remark);
            var where = source.Processors.Where(processor => processor < 64).ToList();
            if (where.Count == 1) text.Append(CultureInfo.InvariantCulture, $"processor = {where[0]}\n");
            else if (where.Count > 1) text.Append(CultureInfo.InvariantCulture, $"processors = [{string.Join(", ", where)}]\n");
            var interval = DurationText.Of(Math.Max(1, load.Time.Nanoseconds / source.Count));
            text.Append(CultureInfo.InvariantCulture, $"interval = {{ exponential = \"{interval}\" }}\n");
            text.Append(CultureInfo.InvariantCulture, $"{(source.IsIsr ? "isr" : "dpc")} = {source.Distribution}\n");
        }
        return text.ToString();
    }

    /// <param name="leader">What it follows, quoted; null for nothing.</param>
    private static void Append(StringBuilder text, SourceMeasurement source, string name, string? leader)
    {
        text.Append(CultureInfo.InvariantCulture, $"\n[[host.interference]]\nname = {Quoted(name)}\nprocessor = {source.Processor}\n");
        if (leader is not null && source.Cause is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"follows = {leader}\nchance = {source.Chance:0.######}\n");
            Append(text, "before-end", source.Alone);
        }
        else if (leader is not null && source.Following is { } following) AppendFollowing(text, following, leader);
        else if (source.IsRare) AppendRare(text, source);
        else if (source.Beat is { } beat)
        {
            // To the nanosecond: what is rounded would fall out of step with other groups.
            text.Append(CultureInfo.InvariantCulture, $"interval = \"{beat.Period.Nanoseconds}ns\"\nchance = {beat.Chance:0.######}\n");
            Append(text, "phase", beat.Phases);
        }
        else AppendIntervals(text, source.Intervals, source.FindBursts());
        var isOfThread = source.Origin == RequestOrigin.Thread && source.Alone.Max > Duration.Zero;
        // The thread asks, and keeps softirqs or DPCs off for a little longer.
        if (isOfThread) Append(text, "raised", source.Alone);
        var key = isOfThread ? "queues" : source.Kind switch { IntervalKind.Isr => "isr", IntervalKind.ThreadedDpc => "thread", _ => "dpc" };
        if (key is "dpc" or "queues" && SoftirqOf(source) is { } softirq)
            text.Append(CultureInfo.InvariantCulture, $"softirq = \"{softirq}\"\n");
        if (source.Count > 1) Append(text, key, source.Durations);
        else text.Append(CultureInfo.InvariantCulture, $"# 1 measured\n{key} = \"{DurationText.Of(Math.Max(1, source.Busy.Nanoseconds))}\"\n");
    }

    private static void AppendFollowing(StringBuilder text, Following following, string leader)
    {
        Comment(text, $"comes {following.Describe(NameOf)}");
        text.Append(CultureInfo.InvariantCulture, $"follows = {leader}\nchance = {following.Chance:0.######}\n");
        Append(text, "delay", following.Delays);
        Comment(text, Text($"and {following.OwnCount:#,0} times by itself"));
        if (following.OwnCount >= SourceMeasurement.Rare) AppendIntervals(text, following.OwnIntervals, following.FindOwnBursts());
        else if (following.OwnCount > 0)
            text.Append(CultureInfo.InvariantCulture, $"interval = {{ exponential = \"{DurationText.Of(following.OwnMean.Nanoseconds)}\" }}\n");
    }

    private static void AppendIntervals(StringBuilder text, TimeCounts all, BurstLaw? bursts)
    {
        if (bursts is null)
        {
            Append(text, "interval", all);
            return;
        }
        var (gaps, intervals) = all.SplitAt(bursts.Shorter);
        Append(text, "interval", intervals);
        Append(text, "burst-gap", gaps);
        text.Append(CultureInfo.InvariantCulture, $"burst-begins = {bursts.Begins:0.######}\nburst-goes-on = {bursts.GoesOn:0.######}\n");
    }

    // A few times do not tell how often it comes, least of all that it comes on the dot.
    private static void AppendRare(StringBuilder text, SourceMeasurement source)
    {
        var (least, most) = source.RateBounds;
        var seen = source.Count == 1 ? "once" : Text($"{source.Count:#,0} times");
        Comment(text, $"seen {seen} in {source.Observed}: when it comes is not measured, so it is taken to come at random, "
            + $"once in {source.MeanInterval} on average; with 95 % confidence once in {least} to {most}");
        text.Append(CultureInfo.InvariantCulture, $"interval = {{ exponential = \"{DurationText.Of(source.MeanInterval.Nanoseconds)}\" }}\n");
    }

    private static void Append(StringBuilder text, string key, TimeCounts measured)
    {
        var fit = QuantileFit.Of(measured);
        Comment(text, $"{measured.Count} measured: mean {fit.MeasuredMean} (fitted {fit.FittedMean}), "
            + $"p50 {At(50)}, p99 {At(99)}, p99.9 {At(99.9)}, max {At(100)}; KS {fit.Distance:0.000}");
        var quantiles = string.Join(", ", fit.Quantiles.Select(q => $"\"{DurationText.Of(q.Nanoseconds)}\""));
        text.Append(CultureInfo.InvariantCulture, $"{key} = {{ quantiles = [{quantiles}] }}\n");

        Duration At(double percentile) => measured.HighestAt(percentile);
    }

    private static void Name(StringBuilder text, string why, IReadOnlyList<SourceMeasurement> sources)
    {
        foreach (var source in sources.Take(MaxSources)) Comment(text, $"{why}: {source.Count} x {NameOf(source)}, {source.Busy} in all");
        if (sources.Count > MaxSources) Comment(text, $"{why}: {sources.Count - MaxSources} sources more, which took less");
    }

    // The softirq that it is, by its name in Linux' recordings and as scenarios say it; null if it is none.
    private static string? SoftirqOf(SourceMeasurement source) =>
        Softirqs.FirstOrDefault(softirq => source.Name == $"softirq {softirq.ToUpperInvariant().Replace('-', '_')}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    // One line, whatever is in a name.
    private static void Comment(StringBuilder text, string words) =>
        text.Append("# ").Append([.. words.Select(c => char.IsControl(c) ? ' ' : c)]).Append('\n');

    private static string Quoted(string name)
    {
        var text = new StringBuilder("\"");
        foreach (var c in name)
        {
            if (c is '"' or '\\') text.Append('\\');
            text.Append(char.IsControl(c) || char.IsSurrogate(c) ? '?' : c);
        }
        return text.Append('"').ToString();
    }

    private static string WordOf(IntervalKind kind) => kind switch
    {
        IntervalKind.Isr => "ISR",
        IntervalKind.Dpc => "DPC",
        IntervalKind.TimerDpc => "timer DPC",
        IntervalKind.ThreadedDpc => "threaded",
        IntervalKind.RaisedIrql => "raised IRQL",
        _ => kind.ToString(),
    };
}
