namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>
/// Linux' pending softirqs of a processor, with its tasklets (kernel/softirq.c, __do_softirq): what is pending is taken whole when a round begins,
/// and served in rising order; what is raised meanwhile is of the next round. After ten rounds, or two milliseconds, the rest waits for the thread
/// ksoftirqd, or for the end of the next interrupt.
/// </summary>
internal sealed class SoftirqQueue : DpcQueue
{
    // Whatever is raised is served at the end of the interrupt.
    public SoftirqQueue() => MaximumDepth = 1;

    /// <inheritdoc/>
    public override bool Insert(Dpc dpc, DpcInsertion insertion)
    {
        if (RoutineActive && !IsOfRound(dpc.Softirq)) Raised.InsertBySoftirq(dpc);
        else Round.InsertBySoftirq(dpc);
        if (IsExpected) return false;
        InterruptRequested = true;
        return true;
    }

    /// <inheritdoc/>
    public override bool Tick() => Depth > 0 && !RoutineActive;

    // A round has taken the pending softirqs, but not the tasklets: those it takes when it comes to them, if there was one when it began.
    private bool IsOfRound(Softirq softirq) => softirq is Softirq.Hi or Softirq.Tasklet && softirq != Served?.Softirq && Round.Has(softirq);
}
