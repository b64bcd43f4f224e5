using Pcie.DriverModel.Kernel.Options;

namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>
/// Windows' queue of DPCs: KDPC_DATA and what belongs to it in the PRCB. KiRetireDpcList empties it to the last entry, so that it has one round. The
/// table of docs/kernel.md is <see cref="Insert"/>.
/// </summary>
internal sealed class KdpcQueue : DpcQueue
{
    private readonly KernelOptions options;
    private long inserted, insertedAtTick;
    private long requestRate;
    private int adjustThreshold;

    public KdpcQueue(KernelOptions options) =>
        (this.options, adjustThreshold, MaximumDepth) = (options, options.AdjustDpcThreshold, options.MaximumDpcQueueDepth);

    /// <inheritdoc/>
    public override bool Insert(Dpc dpc, DpcInsertion insertion)
    {
        inserted++;
        Round.InsertByImportance(dpc);
        if (IsExpected) return false;
        InterruptRequested = Depth >= MaximumDepth || insertion switch
        {
            DpcInsertion.Own => dpc.Importance != DpcImportance.Low || requestRate < options.MinimumDpcRate,
            DpcInsertion.Remote => dpc.Importance >= DpcImportance.MediumHigh,
            _ => true,
        };
        return InterruptRequested;
    }

    /// <inheritdoc/>
    public override void Pass() => inserted++;

    /// <inheritdoc/>
    /// <remarks>KeUpdateRunTime: serves a queue that waits, and adjusts how deep one may get.</remarks>
    public override bool Tick()
    {
        requestRate = (inserted - insertedAtTick + requestRate) >> 1;
        insertedAtTick = inserted;
        if (Depth > 0 && !RoutineActive)
        {
            adjustThreshold = options.AdjustDpcThreshold;
            InterruptRequested = true;
            if (requestRate < options.IdealDpcRate && MaximumDepth > 1) MaximumDepth--;
            return true;
        }
        if (--adjustThreshold == 0)
        {
            adjustThreshold = options.AdjustDpcThreshold;
            if (MaximumDepth != options.MaximumDpcQueueDepth) MaximumDepth++;
        }
        return false;
    }
}
