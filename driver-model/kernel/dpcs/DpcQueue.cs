using Pcie.DriverModel.Kernel.Options;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>
/// One processor's queue of what was deferred. By which rules an entry has its place, and the processor hears of it, says Windows
/// (<see cref="KdpcQueue"/>) or Linux (<see cref="SoftirqQueue"/>). A round is what the loop that empties the queue takes before it looks whether it
/// may go on; Windows has one.
/// </summary>
/// <remarks>Allocates nothing.</remarks>
internal abstract class DpcQueue
{
    /// <summary>MAX_SOFTIRQ_RESTART.</summary>
    private const int MostRounds = 10;

    /// <summary>MAX_SOFTIRQ_TIME.</summary>
    private static readonly Duration LongestDrain = Duration.FromMilliseconds(2);

    private SimTime began;
    private int rounds;

    /// <summary>Of the round that runs, or is to come.</summary>
    private protected DpcList Round;

    /// <summary>For the round after it.</summary>
    private protected DpcList Raised;

    public int Depth => Round.Depth + Raised.Depth;

    /// <summary>A queue of this depth is served at once, whatever the importance.</summary>
    public int MaximumDepth { get; private protected set; }

    /// <summary>Whether a DPC with code is in it.</summary>
    public bool HasCode => Round.HasCode || Raised.HasCode;

    /// <summary>Whether the round has one to run.</summary>
    public bool HasNext => Round.Depth > 0;

    /// <summary>DpcRoutineActive: the loop that empties the queue runs; it finds a new entry by itself.</summary>
    public bool RoutineActive { get; private set; }

    /// <summary>DpcInterruptRequested: the processor has been told, and will look as soon as its level allows.</summary>
    public bool InterruptRequested { get; private protected set; }

    /// <summary>Whether the processor comes to the queue without being told once more.</summary>
    public bool IsExpected => RoutineActive || InterruptRequested;

    /// <summary>Nothing is in it, and nobody comes to look.</summary>
    public bool IsAtRest => Depth == 0 && !IsExpected;

    /// <summary>The last that was removed to run; null if a round has just begun.</summary>
    private protected Dpc? Served { get; private set; }

    public static DpcQueue Create(KernelOptions options) => options.Kernel == KernelKind.Linux ? new SoftirqQueue() : new KdpcQueue(options);

    /// <summary>Past the test whether it is queued already.</summary>
    /// <returns>Whether the processor is to be told, and had not been before.</returns>
    public abstract bool Insert(Dpc dpc, DpcInsertion insertion);

    /// <summary>A DPC of this processor has come into the queue at rest, and run to its end.</summary>
    public virtual void Pass()
    {
    }

    /// <summary>The clock interrupt looks at the queue.</summary>
    /// <returns>Whether it had been waiting.</returns>
    public abstract bool Tick();

    /// <summary>The next of the round. Unlinked before its routine is called: from here on it can be queued again, here or elsewhere.</summary>
    public Dpc RemoveHead() => Served = Round.RemoveHead();

    /// <summary>KeRemoveQueueDpc, tasklet_kill.</summary>
    /// <returns>False if it was not in this queue.</returns>
    public bool Remove(Dpc dpc) => Round.Remove(dpc) || Raised.Remove(dpc);

    /// <summary>Something else than an entry wants the loop to run: timers to expire, or the end of an interrupt.</summary>
    public void RequestInterrupt() => InterruptRequested = true;

    /// <summary>The loop begins.</summary>
    public void BeginDrain(SimTime now)
    {
        RoutineActive = true;
        (began, rounds, Served) = (now, 1, null);
    }

    /// <summary>The round is over: begins another, if there is something for it and the loop may.</summary>
    public bool TryBeginRound(SimTime now)
    {
        if (Raised.Depth == 0 || rounds == MostRounds || now >= began + LongestDrain) return false;
        rounds++;
        TakeRaised();
        return true;
    }

    /// <summary>The loop ends; what is left waits for something that begins it anew.</summary>
    public void EndDrain()
    {
        RoutineActive = InterruptRequested = false;
        if (Raised.Depth > 0) TakeRaised();
    }

    private void TakeRaised() => (Round, Raised, Served) = (Raised, default, null);
}
