using Pcie.Control.Wire;

namespace Pcie.DriverModel.Daq;

/// <summary>The DMA buffer as driver-control.proto describes it.</summary>
internal static class RingStates
{
    private const int MostSlots = 1024, MostOverruns = 50;

    public static RingState Of(ChunkPipeline pipeline)
    {
        var (ledger, reader) = (pipeline.Ledger, pipeline.Reader);
        var state = new RingState
        {
            Slots = (uint)pipeline.SlotCount,
            SlotBytes = (uint)pipeline.SlotSize,
            Arrived = ledger.Arrived,
            Copied = ledger.Copied,
            Overwritten = ledger.Overwritten,
            Abandoned = ledger.Abandoned,
            Torn = ledger.TornCopies,
            Delivered = reader.Delivered,
            InCyclicBuffer = pipeline.CyclicBuffer.Count,
            DeadlineNs = ledger.MeanInterval.Nanoseconds * pipeline.SlotCount,
        };
        for (var slot = 0; slot < Math.Min(pipeline.SlotCount, MostSlots); slot++)
        {
            var (isFull, isCopying, sequence) = ledger.StateOf(slot);
            state.Slot.Add(new SlotState { IsFull = isFull, IsBeingCopied = isCopying, Sequence = sequence });
        }
        foreach (var overrun in ledger.Overruns.Skip(ledger.Overruns.Count - MostOverruns))
        {
            var one = new OverrunEvent { Sequence = overrun.Sequence, AtNs = overrun.At.Nanoseconds };
            if (overrun.IsrToDpc is { } wait) one.IsrToDpcNs = wait.Nanoseconds;
            state.Overruns.Add(one);
        }
        return state;
    }
}
