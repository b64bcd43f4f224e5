using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Import.Lines;

/// <summary>Passes everything on and counts it in the report.</summary>
internal sealed class CountingSink(IMachineSink sink, ImportReport report) : IMachineSink
{
    // Sinks keep the text of each.
    private const int MaxLosses = 1000;

    private long losses, lostLater;

    public int Source(string name) => sink.Source(name);

    public void Add(in Interval interval)
    {
        report.Intervals++;
        if (interval.End == interval.Begin) report.ZeroLength++;
        sink.Add(interval);
    }

    public void Add(in Instant instant)
    {
        // What the kernel does with a request is not an event of the recording.
        if (instant.Kind != InstantKind.DpcTaken) report.Instants++;
        sink.Add(instant);
    }

    public void Cut(in Interval run)
    {
        report.WithoutEnd++;
        sink.Cut(run);
    }

    public void Gap() => sink.Gap();

    public void Lost(long events, string what)
    {
        if (++losses <= MaxLosses) sink.Lost(events, what);
        else lostLater += events;
    }

    public void LostAt(ushort processor, long events, string what) => sink.LostAt(processor, events, what);

    /// <summary>After the recording: tells of the losses that were too many to tell one by one.</summary>
    public void Complete()
    {
        if (losses > MaxLosses) sink.Lost(lostLater, $"{losses - MaxLosses} losses more, of the same kinds.");
    }
}
