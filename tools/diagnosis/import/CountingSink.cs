using Pcie.Diagnosis.Machine;

namespace Pcie.Diagnosis.Import;

/// <summary>Passes everything on and counts it in the report.</summary>
internal sealed class CountingSink(IMachineSink sink, ImportReport report) : IMachineSink
{
    public int Source(string name) => sink.Source(name);

    public void Add(in Interval interval)
    {
        report.Intervals++;
        if (interval.End == interval.Begin) report.ZeroLength++;
        sink.Add(interval);
    }

    public void Add(in Instant instant)
    {
        report.Instants++;
        sink.Add(instant);
    }

    public void Lost(long events, string what) => sink.Lost(events, what);
}
