using Pcie.Diagnosis.Machine;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emu.Validation;

/// <summary>Watches a run: how long each DPC of it waited, from when it was asked for to when it began, both as a recorder's clock tells.</summary>
/// <param name="resolution">Of that clock.</param>
internal sealed class SimulatedWaits(IReadOnlyList<TraceSource> sources, Duration resolution) : ITraceSink
{
    private readonly Dictionary<(uint Source, byte Processor), SimTime> asked = [];
    private readonly Dictionary<uint, TimeCounts> waits = [];

    /// <summary>By the source's name.</summary>
    public IEnumerable<(string Name, TimeCounts Waits)> Samples => waits.Select(one => (sources[(int)one.Key].Name, one.Value));

    private SimTime Told(SimTime time) => new(time.Nanoseconds / resolution.Nanoseconds * resolution.Nanoseconds);

    public void Record(in TraceEvent e)
    {
        if (e.Kind == TraceKind.DpcQueued && e.A > 0) asked[(e.Source, e.Processor)] = e.Time;
        else if (e.Kind == TraceKind.DpcBegin && asked.Remove((e.Source, e.Processor), out var since))
        {
            if (!waits.TryGetValue(e.Source, out var sample)) waits.Add(e.Source, sample = new TimeCounts());
            sample.Add(Told(e.Time) - Told(since));
        }
    }
}
