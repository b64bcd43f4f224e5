using Pcie.DriverModel.Interference;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Emu.Rare;

/// <summary>What sources of interference take of a processor, whatever their kind.</summary>
internal static class InterferenceWork
{
    // Of what has no longest, what is exceeded so seldom.
    private const double Seldom = 1e-6;

    /// <summary>The parts of which an occurrence consists, one after the other.</summary>
    public static IReadOnlyList<Distribution> PartsOf(RecurringInterference source) => source switch
    {
        InterruptInterference interrupt => interrupt.Dpc is { } dpc ? [interrupt.Isr, dpc.Duration] : [interrupt.Isr],
        DpcInterference queued => [queued.Dpc.Duration],
        TimerInterference timer => [timer.Timer],
        RaisedInterference raised => raised.Queues is { } queued ? [raised.Raised, queued] : [raised.Raised],
        StopInterference stop => [stop.Stop],
        ThreadInterference thread => [thread.Thread],
        _ => [],
    };

    /// <summary>The part that decides how long an occurrence takes.</summary>
    public static Distribution MainPartOf(RecurringInterference source) =>
        PartsOf(source).MaxBy(part => LongestOf(part)) ?? Distribution.Fixed(Duration.Zero);

    /// <summary>The source with occurrences whose main part lasts as long as some of its draws.</summary>
    /// <param name="part">Between which probabilities of being exceeded.</param>
    public static RecurringInterference Parted(RecurringInterference source, (double From, double To) part)
    {
        var lasts = MainPartOf(source);
        Distribution Of(Distribution one) => ReferenceEquals(one, lasts) ? one.Part(part.From, part.To) : one;

        return source switch
        {
            InterruptInterference interrupt => interrupt with
            {
                Isr = Of(interrupt.Isr), Dpc = interrupt.Dpc is { } dpc ? dpc with { Duration = Of(dpc.Duration) } : null,
            },
            DpcInterference queued => queued with { Dpc = queued.Dpc with { Duration = Of(queued.Dpc.Duration) } },
            TimerInterference timer => timer with { Timer = Of(timer.Timer) },
            RaisedInterference raised => raised with { Raised = Of(raised.Raised), Queues = raised.Queues is { } queues ? Of(queues) : null },
            StopInterference stop => stop with { Stop = Of(stop.Stop) },
            ThreadInterference thread => thread with { Thread = Of(thread.Thread) },
            _ => source,
        };
    }

    /// <summary>How long an occurrence takes at the longest, with those that follow it.</summary>
    public static Duration LongestOf(RecurringInterference source, IReadOnlyList<InterferenceOptions> all)
    {
        var once = PartsOf(source).Sum(part => LongestOf(part).Nanoseconds);
        var gaps = source.Burst > 1 ? LongestOf(source.BurstGap).Nanoseconds * (source.Burst - 1) : 0;
        var delay = (source.Phase ?? source.Delay) is { } late ? LongestOf(late).Nanoseconds : 0;
        var followers = all.OfType<RecurringInterference>().Where(other => other.Follows == source.Name)
            .Sum(other => LongestOf(other, all).Nanoseconds);
        return new Duration(once * source.Burst + gaps + delay + followers);
    }

    /// <summary>A draw is not longer, or hardly ever.</summary>
    public static Duration LongestOf(Distribution distribution) =>
        distribution.Maximum < Duration.Max ? distribution.Maximum : distribution.Exceeded(Seldom);

    /// <summary>The mean, a little too small.</summary>
    public static Duration MeanOf(Distribution distribution) =>
        new((long)distribution.Cells().Sum(cell => cell.Probability * cell.Least.Nanoseconds));
}
