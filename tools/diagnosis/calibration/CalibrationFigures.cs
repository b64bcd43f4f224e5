using System.ComponentModel;
using Pcie.Diagnosis.Import.Results;
using Pcie.Playback;
using Pcie.Tables;

namespace Pcie.Diagnosis.Calibration;

/// <summary>What a recording was measured to be, of which interference is made, as JSON.</summary>
[JsonForm("calibration/2")]
public sealed record CalibrationFigures : JsonForm
{
    /// <summary>Sources that are listed; more are no machine.</summary>
    public const int MostSources = 1000;

    public required ReadFigures Read { get; init; }

    [Description("What a person should know before relying on it.")]
    public required IReadOnlyList<string> Notes { get; init; }

    [Description("Events that the recording says are missing; 0 if it does not say how many.")]
    public required long LostEvents { get; init; }

    [Description("What is missing from it, in words.")]
    public required IReadOnlyList<string> Losses { get; init; }

    [Description("For how long was measured.")]
    public required long LengthNs { get; init; }

    public required int Processors { get; init; }

    [Description("What of the time of all processors ISRs take, 0 to 1; null of what has times of its own.")]
    public required double? IsrShare { get; init; }

    [Description("The same of DPCs.")]
    public required double? DpcShare { get; init; }

    [Description("The busiest first, a thousand at the most.")]
    public required IReadOnlyList<Measured> Sources { get; init; }

    [Description("Sources that are not listed.")]
    public required int MoreSources { get; init; }

    public static CalibrationFigures Of(ImportReport report, MachineMeasurement machine, IReadOnlyList<SourceMeasurement> sources) => new()
    {
        Read = ReadFigures.Of(report), Notes = report.Notes, LostEvents = machine.LostEvents, Losses = machine.Losses,
        LengthNs = machine.Length.Nanoseconds, Processors = machine.Processors, IsrShare = null, DpcShare = null,
        Sources = [.. sources.Take(MostSources).Select(Measured.Of)], MoreSources = Math.Max(0, sources.Count - MostSources),
    };

    /// <summary>The same of a LatencyMon report.</summary>
    public static CalibrationFigures Of(ImportReport report, MachineMeasurement machine, LatencyMonLoad load) => Of(report, machine, []) with
    {
        LengthNs = load.Time.Nanoseconds, Processors = load.Processors, IsrShare = load.ShareOf(isIsr: true), DpcShare = load.ShareOf(isIsr: false),
        Sources = [.. load.Sources.Select(Measured.Of)],
    };

    public sealed record Measured
    {
        public required string Name { get; init; }

        [Description("Null if it is of all.")]
        public required int? Processor { get; init; }

        public required IntervalKind Kind { get; init; }
        public required long Count { get; init; }

        [Description("For how long it was watched; null of a summary.")]
        public required long? ObservedNs { get; init; }

        [Description("Whether it was seen too seldom to measure, and is taken to come at random.")]
        public required bool IsRare { get; init; }

        public required long BusyNs { get; init; }
        public required long MeanNs { get; init; }

        [Description("From one to the next; null of a summary.")]
        public required Fit? Interval { get; init; }

        [Description("How it comes in bursts; null if it does not, or of a summary.")]
        public required BurstFigures? Bursts { get; init; }

        [Description("How it ticks in step with others; null if it does not, or of a summary.")]
        public required BeatFigures? Beat { get; init; }

        [Description("After which other source it comes more often than by chance; null if after none, or of a summary.")]
        public required FollowingFigures? Following { get; init; }

        [Description("How long one takes; null of a summary.")]
        public required Fit? Duration { get; init; }

        internal static Measured Of(SourceMeasurement s) => new()
        {
            Name = InterferenceSections.NameOf(s), Processor = s.Processor, Kind = s.Kind, Count = s.Count, ObservedNs = s.Observed.Nanoseconds,
            IsRare = s.IsRare, BusyNs = s.Busy.Nanoseconds, MeanNs = s.MeanDuration.Nanoseconds, Interval = Fit.Of(s.FitIntervals()),
            Duration = Fit.Of(s.FitDurations()),
            Bursts = s.FindBursts() is { } law ? new BurstFigures(law.Shorter.Nanoseconds, law.Begins, law.GoesOn) : null,
            Beat = s.Beat is { } beat ? new BeatFigures(beat.Period.Nanoseconds, beat.Chance, Fit.Of(beat.FitPhases())) : null,
            Following = s.Following is { } following ? FollowingFigures.Of(following) : null,
        };

        internal static Measured Of(LatencyMonSource source) => new()
        {
            Name = source.Name, Processor = source.Processors is [var only] ? only : null, Kind = source.IsIsr ? IntervalKind.Isr : IntervalKind.Dpc,
            Count = source.Count, ObservedNs = null, IsRare = false, BusyNs = (long)(source.Count * source.Mean), MeanNs = (long)source.Mean,
            Interval = null, Duration = null, Bursts = null, Beat = null, Following = null,
        };
    }

    /// <summary>A <see cref="BurstLaw"/>.</summary>
    public sealed record BurstFigures(
        [property: Description("An interval within a burst is shorter than this.")] long ShorterNs,
        [property: Description("How often a short interval follows a long one, 0 to 1.")] double Begins,
        [property: Description("How often a short interval follows a short one, 0 to 1.")] double GoesOn);

    /// <summary>A <see cref="Calibration.Beat"/>.</summary>
    public sealed record BeatFigures(
        [property: Description("That of all that are in step.")] long PeriodNs,
        [property: Description("At how many of its multiples it comes, 0 to 1.")] double Chance,
        [property: Description("How long after.")] Fit Phase);

    /// <summary>A <see cref="Calibration.Following"/>.</summary>
    public sealed record FollowingFigures(
        [property: Description("The other one, as it is named here.")] string Leader,
        [property: Description("With which probability it follows, 0 to 1, without what comes by chance.")] double Chance,
        [property: Description("Until so long after the other one was looked.")] long WithinNs,
        [property: Description("How often it came within that time after each of the other's occurrences, on average.")] double Seen,
        [property: Description("How often it would if neither knew of the other: as after the same times moved a little.")] double ByChance,
        [property: Description("How long after the other one.")] Fit Delay,
        [property: Description("Its occurrences that follow none, of those that were looked at.")] long OwnCount,
        [property: Description("From one of these to the next.")] Fit OwnInterval)
    {
        internal static FollowingFigures Of(Following one) => new(
            InterferenceSections.NameOf(one.Leader), one.Chance, one.Within.Nanoseconds, one.Seen, one.ByChance, Fit.Of(one.FitDelays()),
            one.OwnCount, Fit.Of(one.FitOwnIntervals()));
    }

    /// <summary>How well what is written fits what was measured.</summary>
    public sealed record Fit(
        IReadOnlyList<long> QuantilesNs,
        long MeanNs,
        long FittedMeanNs,
        [property: Description("The greatest difference of the two distribution functions, 0 to 1.")] double KolmogorovSmirnov)
    {
        internal static Fit Of(QuantileFit fit) => new(
            [.. fit.Quantiles.Select(quantile => quantile.Nanoseconds)], fit.MeasuredMean.Nanoseconds, fit.FittedMean.Nanoseconds, fit.Distance);
    }
}
