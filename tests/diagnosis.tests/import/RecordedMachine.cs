using System.Text;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Tests.Import;

/// <summary>Keeps all that an importer says, and checks the contract of <see cref="IMachineSink"/> on the way.</summary>
internal sealed class RecordedMachine : IMachineSink
{
    private readonly Dictionary<string, int> numbers = [];
    private readonly Dictionary<ushort, long> told = [];

    public List<string> Sources { get; } = [];
    public List<Interval> Intervals { get; } = [];
    public List<Instant> Instants { get; } = [];
    /// <summary>That the kernel took a DPC's requests, which is told as an instant.</summary>
    public List<Instant> Taken { get; } = [];

    /// <summary>Runs without an end.</summary>
    public List<Interval> Begun { get; } = [];

    public List<(long Events, string What)> Losses { get; } = [];

    /// <summary>Told after something of its processor that came later.</summary>
    public int OutOfOrder { get; private set; }

    public static (RecordedMachine Machine, ImportReport Report) Of(
        string text, TimestampMeaning timestamps = TimestampMeaning.Detect, IReadOnlyList<string>? events = null, double clockRate = 0) =>
        Of(Encoding.UTF8.GetBytes(text), timestamps, events, clockRate);

    public static (RecordedMachine Machine, ImportReport Report) Of(
        byte[] file, TimestampMeaning timestamps = TimestampMeaning.Detect, IReadOnlyList<string>? events = null, double clockRate = 0)
    {
        var machine = new RecordedMachine();
        return (machine, RecordingImporter.Open(() => new MemoryStream(file), "recording", timestamps, events, clockRate).Import(machine));
    }

    public string[] Lines => [.. Intervals.Select(i =>
        $"{i.Kind} {i.Processor} {Sources[i.Source]} {i.Begin.Nanoseconds}..{i.End.Nanoseconds} {i.Detail}")];

    public int Source(string name)
    {
        if (numbers.TryGetValue(name, out var number)) return number;
        Sources.Add(name);
        return numbers[name] = Sources.Count - 1;
    }

    public void Add(in Interval interval)
    {
        Assert.True(interval.End >= interval.Begin);
        Follow(interval.Processor, interval.End.Nanoseconds);
        Intervals.Add(interval);
    }

    public void Add(in Instant instant)
    {
        Follow(instant.Processor, instant.Time.Nanoseconds);
        (instant.Kind == InstantKind.DpcTaken ? Taken : Instants).Add(instant);
    }

    public void Cut(in Interval run)
    {
        Follow(run.Processor, run.End.Nanoseconds);
        Begun.Add(run);
    }

    public List<(ushort Processor, long Events)> LossesAt { get; } = [];

    public void LostAt(ushort processor, long events, string what) => LossesAt.Add((processor, events));

    public void Lost(long events, string what) => Losses.Add((events, what));

    private void Follow(ushort processor, long time)
    {
        if (told.GetValueOrDefault(processor, long.MinValue) > time) OutOfOrder++;
        told[processor] = time;
    }
}
