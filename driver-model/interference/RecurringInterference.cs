using Pcie.DriverModel.Kernel;
using Pcie.Randomness;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Interference;

/// <summary>A source that does one thing again and again: at intervals, at given times, or together with another.</summary>
public abstract record RecurringInterference : InterferenceOptions
{
    [Key("interval", "Time from one occurrence to the next. An interval, one-off times, another source that it follows, or several of these.")]
    public Distribution? Interval { get; init; }

    [Key("at", "One-off occurrences: times since the run began, rising.")]
    public IReadOnlyList<Duration> At { get; init; } = [];

    [Key("follows", "A source that stands before this one: whenever that one occurs, this one does too, with its chance and after its delay. With an "
        + "interval it comes by itself as well.")]
    public string? Follows { get; init; }

    [Key("phase", "How long after each multiple of its interval it comes. However that varies, sources of the same interval keep step, on one "
        + "processor or on several. Only with an interval that is always the same.")]
    public Distribution? Phase { get; init; }

    [Key("chance", "With which probability this one occurs when the other does, or at a multiple of its interval. Only with follows or phase.",
        Min = 0, Max = 1)]
    public double Chance { get; init; } = 1;

    [Key("delay", "How long after the other one; at the same time if left out. Only with follows.")]
    public Distribution? Delay { get; init; }

    [Key("before-end", "How long before the end of the other one's ISR, at its beginning at the earliest, however long that ISR has to wait. Only "
        + "with follows of a source with an isr on one processor.")]
    public Distribution? BeforeEnd { get; init; }

    [Key("burst", "How often it comes at each occurrence.", Min = 1, Max = 1_000_000)]
    public int Burst { get; init; } = 1;

    [Key("burst-gap", "Time from one of a burst to the next.")]
    public Distribution BurstGap { get; init; } = Distribution.Fixed(Duration.FromMicroseconds(10));

    [Key("burst-begins", "With which probability the next comes after a burst-gap, after one that came after an interval: bursts of any number, "
        + "which an interval parts. Only with an interval, without burst and phase.", Min = 0, Max = 1)]
    public double BurstBegins { get; init; }

    [Key("burst-goes-on", "The same after one that came after a burst-gap. Only with burst-begins.", Min = 0, Max = 1)]
    public double BurstGoesOn { get; init; }

    /// <summary>Connects the source to the kernel.</summary>
    /// <param name="source">Its number in the trace.</param>
    /// <param name="random">Makes the random stream of a name.</param>
    internal abstract InterferenceActivity Connect(ModelledKernel kernel, uint source, Func<string, RandomStream> random);

    internal override void Check(ScenarioTable table)
    {
        if (Interval is null && At.Count == 0 && Follows is null)
            throw table.Refusal("interval", "a source needs an interval, or one-off times as at = [\"1h\"], or another that it follows");
        table.Only("phase", Interval is { Constant: not null }, "it is counted from the multiples of an interval that is always the same");
        table.Only("phase", Follows is null, "a source that follows another comes when that one does; leave out one of the two");
        table.Only("chance", Follows is not null || Phase is not null,
            "it has none of its own; only a source that follows another, or has a phase, has one");
        table.Only("burst-begins", Interval is not null, "an interval parts the bursts; give one");
        table.Only("burst-begins", Burst == 1 && Phase is null, "burst and phase say when it comes; leave out one of the two");
        table.Only("burst-goes-on", BurstBegins > 0, "without burst-begins there is none");
        table.Only("delay", Follows is not null, "a source of its own comes when its interval says; only one that follows another has a delay");
        table.Only("before-end", Follows is not null, "it is of the ISR of a source that this one follows; give follows");
        table.Only("before-end", Delay is null, "delay is from the other one's beginning; leave out one of the two");
        for (var i = 1; i < At.Count; i++)
            if (At[i] <= At[i - 1]) throw table.Refusal("at", "the times must rise");
    }
}
