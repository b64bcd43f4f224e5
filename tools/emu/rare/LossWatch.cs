using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emu.Rare;

/// <summary>Watches a run of either side: when chunks were lost, and how long the driver's DPC was waited for.</summary>
internal sealed class LossWatch : ITraceSink
{
    private readonly IReadOnlyList<TraceSource> sources;
    private readonly Action<SimTime, Duration> waited;
    private readonly Dictionary<uint, SimTime> asked = [], begun = [];
    private readonly List<SimTime> lost = [];

    /// <param name="sources">Of the side that it watches; they may become more.</param>
    /// <param name="waited">Is told of each run of the driver's DPC: when it ended, and since when it had been asked for.</param>
    public LossWatch(IReadOnlyList<TraceSource> sources, Action<SimTime, Duration> waited) => (this.sources, this.waited) = (sources, waited);

    public IReadOnlyList<SimTime> Lost => lost;

    /// <summary>Slots of the DMA buffer; 0 until the driver has one.</summary>
    public long Slots { get; private set; }

    public void Record(in TraceEvent e)
    {
        switch (e.Kind)
        {
            case TraceKind.Overrun or TraceKind.ChunkRefused or TraceKind.ChunkDropped: lost.Add(e.Time); break;
            case TraceKind.DmaBufferGiven: Slots = e.A; break;
            case TraceKind.DpcQueued when e.A > 0 && sources[(int)e.Source].IsDeviceMessage: asked[e.Source] = e.Time; break;
            case TraceKind.DpcBegin when sources[(int)e.Source].IsDeviceMessage: begun[e.Source] = asked.GetValueOrDefault(e.Source, e.Time); break;
            case TraceKind.DpcEnd when begun.TryGetValue(e.Source, out var since): waited(e.Time, e.Time - since); break;
        }
    }
}
