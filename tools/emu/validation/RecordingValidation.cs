using System.Globalization;
using Pcie.Diagnosis.Calibration;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Machine;
using Pcie.Diagnosis.Validation;
using Pcie.Emu.Running;
using Pcie.Scenario;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emu.Validation;

/// <summary>
/// Does the model predict? Calibrates on one part of a recording, simulates that machine, and compares how long its DPCs and softirqs wait with how
/// long they waited in the other part.
/// </summary>
internal static class RecordingValidation
{
    // No card in the way: one whose first chunk never comes.
    private const string WithoutCard = "\n[card.source]\nfirst-chunk-at = \"100d\"\n";

    /// <param name="split">Which part of the recording's time is calibrated on, 0 to 1: the first.</param>
    /// <param name="slices">Into how many slices its time is cut, of each of which that part is calibrated on.</param>
    /// <param name="runs">Simulations.</param>
    /// <param name="isApart">Whether sources of which one comes after another are left apart.</param>
    /// <param name="show">Has work done, and says how much of it is, 0 to 1.</param>
    /// <exception cref="InvalidDataException">The recording cannot be read, or does not tell how long anything waited.</exception>
    public static ValidationResult Of(RecordingImporter importer, string path, double split, int slices, int runs, bool isApart,
        Action<IMachineSink> import, Action<Action, Func<double>> show, CancellationToken stopping)
    {
        var name = Path.GetFileName(path);
        if (!importer.HasTimes)
            throw new InvalidDataException(
                $"{name} is a summary ({importer.Format}): it does not say when what happened, and how long nothing waited.");
        var extent = new RecordingExtent();
        import(extent);
        var length = extent.End - extent.Begin + new Duration(1);
        var (machine, calibrated, measured) = (new MachineMeasurement { LooksForFollowing = !isApart }, new ProcessorWaits(),
            new ProcessorWaits());
        import(new RecordingSplit(
            extent.Begin, new Duration(length.Nanoseconds / slices + 1), split, new ForkedSink(machine, calibrated), measured));
        var own = calibrated.Samples.ToDictionary(one => (one.Source, one.Processor), one => one.Waits);
        var sources = machine.Close();
        var waits = measured.Samples.ToList();
        if (sources.Count == 0)
            throw new InvalidDataException($"{name}: nothing ran in the part that is to be calibrated on; choose another --split.");
        if (waits.Count == 0)
            throw new InvalidDataException($"{name}: no wait can be told in the part that is held out. Expected requests beside runs, as ftrace has "
                + "them with softirq_raise; xperf and perf without it do not tell when a DPC was asked for.");
        var heldOut = new Duration((long)(length.Nanoseconds * (1 - split)));
        var file = ScenarioFile.Parse(InterferenceSections.Of(machine, sources, name) + WithoutCard, "validated");
        var (done, simulated) = (0, new List<List<(string Name, TimeCounts Waits)>>());
        show(() => simulated.AddRange(Enumerable.Range(1, runs).AsParallel().AsOrdered().WithCancellation(stopping).Select(seed =>
        {
            var one = Simulated(file, (ulong)seed, heldOut, extent.Resolution, stopping);
            Interlocked.Increment(ref done);
            return one;
        })), () => (double)Volatile.Read(ref done) / runs);
        return new ValidationResult(name, length - heldOut, heldOut, extent.Resolution, runs,
            [.. waits.Select(one => Compared(one.Source, one.Processor, one.Waits)).OrderByDescending(one => one.Measured.Count)],
            [
                .. machine.Losses.Select(loss => $"NOT COMPLETE: {loss}"),
                .. sources.Where(one => one.Following is not null)
                    .Select(one => $"{InterferenceSections.NameOf(one)} comes {one.Following!.Describe(InterferenceSections.NameOf)}"),
            ], measured.IsComplete);

        WaitComparison Compared(string source, ushort processor, TimeCounts waits)
        {
            var predicted = new TimeCounts();
            var longest = new List<Duration>();
            var names = InterferenceSections.Written(sources).Where(one => one.Name == source && one.Processor == processor)
                .Select(InterferenceSections.NameOf).ToHashSet(StringComparer.Ordinal);
            foreach (var run in simulated)
            {
                var most = Duration.Zero;
                foreach (var sample in run.Where(one => names.Contains(one.Name)).Select(one => one.Waits))
                {
                    predicted.Add(sample);
                    if (sample.Max > most) most = sample.Max;
                }
                longest.Add(most);
            }
            longest.Sort();
            return new WaitComparison
            {
                Source = source, Processor = processor, Measured = waits, Predicted = predicted, PredictedMax = longest,
                Resolution = extent.Resolution, IsCalibrated = names.Count > 0,
                Calibrated = own.GetValueOrDefault((source, processor)) ?? new TimeCounts(),
            };
        }
    }

    private static List<(string Name, TimeCounts Waits)> Simulated(
        ScenarioFile file, ulong seed, Duration time, Duration resolution, CancellationToken stopping)
    {
        SimulatedWaits? waits = null;
        var run = new InProcessRun(new RunRequest("validated.toml", LinkKind.Inproc)
        {
            Seed = seed, Duration = $"{time.Nanoseconds.ToString(CultureInfo.InvariantCulture)}ns",
        }, file.With([]))
        {
            Watch = (tracer, side) => side == TraceSide.Host ? waits = new SimulatedWaits(tracer.Sources, resolution) : new Nothing(),
        };
        run.Execute(stopping);
        return [.. waits!.Samples];
    }

    private sealed class Nothing : ITraceSink
    {
        public void Record(in TraceEvent e)
        {
        }
    }
}
