using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Pcie.Time;

/// <summary>
/// An event queue and a clock: everything simulated on one side of the link happens here, on one thread, in an order that
/// depends on nothing but the scheduled times and the order of scheduling.
/// </summary>
/// <remarks>
/// <para>A tournament: a binary tree over all events that were ever scheduled, in which each node names the earlier of its two children's
/// winners, so that the root names the event that is due next. Scheduling replays the matches from the event's leaf to the root: as many steps
/// as the tree has levels, one load and three operations each and no branch, whichever event wins. A heap moves an event by fewer levels, but guesses
/// wrong at most of them.</para>
/// <para>The event that runs is taken out when it has run, or when its target asks what comes next: a target that schedules it again first,
/// as a source of interrupts does, replays its matches once instead of twice.</para>
/// <para>What an event sets going may be done within that event, though it takes time, if nothing can come between: <see cref="TryPass"/>.</para>
/// <para>No call allocates, but for <see cref="CreateEvent"/> and the first scheduling of an event.</para>
/// </remarks>
public sealed class Timeline
{
    internal const int None = -1;
    private const int Root = 1;

    // Arrivals from the other side go before own events of the same time, and among each other in the order of their creation, so that the order
    // of equal times is the same however the frames were batched.
    private const ulong OwnRank = 1UL << 63;

    // Below the rank, the number of the scheduling; below that, that of the event. Schedulings suffice for months, ten million a second.
    private const int NumberBits = 16;
    private const ulong FirstScheduling = 1UL << NumberBits;
    private const long Never = long.MaxValue;

    // By slot, which an event has from when it is first scheduled: many never are. One that is not scheduled is due never, and so is a slot that has
    // no event.
    private long[] times = [Never];
    private ulong[] orders = [0];
    private TimelineEvent[] events = new TimelineEvent[1];
    private int taken;
    private int created;

    // By node: the slot of the earliest event below it. The children of node n are 2n and 2n + 1; the leaves, in the order of the slots, are the
    // upper half.
    private int[] winners = [0, 0];

    // When each of those that may speak to the other side at all can cause a TLP at the earliest; close together, as all are looked at.
    private long[] sends = [Never];
    private int speaking;
    private ulong lastOrder;

    // Still in the tree, but no longer due.
    private int running = None;

    // Of the RunBefore that goes on: before what, and how many events more. Otherwise nothing passes.
    private long horizon;
    private int left;
    private SimTime passed;

    /// <summary>The time of the event that runs or ran last; between events, whatever <see cref="AdvanceTo"/> said.</summary>
    public SimTime Now { get; private set; }

    /// <summary>When the next event is due; <see cref="SimTime.Never"/> when none is scheduled.</summary>
    public SimTime NextDue
    {
        get
        {
            if (running != None) TakeOut();
            return new SimTime(times[winners[Root]]);
        }
    }

    /// <summary>How many events have run.</summary>
    public long EventsRun { get; private set; }

    /// <summary>The earliest time at which any scheduled event can cause a TLP to the other side.</summary>
    public SimTime EarliestSend
    {
        get
        {
            if (running != None) TakeOut();
            return new SimTime(sends.Min());
        }
    }

    /// <summary>Creates an event, not yet scheduled. Meant for construction time: an event is never given back.</summary>
    /// <param name="target">Told when it is due.</param>
    /// <param name="tag">Passed back to the target.</param>
    /// <param name="lookahead">See <see cref="TimelineEvent.Lookahead"/>.</param>
    public TimelineEvent CreateEvent(ITimelineTarget target, int tag = 0, Duration lookahead = default) =>
        Create(target, tag, ulong.MaxValue, lookahead);

    /// <summary>
    /// Creates the event by which frames from the other side of a link arrive: at equal times it runs before own events, and, whichever was scheduled
    /// first, before that of a link which was created later.
    /// </summary>
    public TimelineEvent CreateArrivalEvent(ITimelineTarget target, int tag = 0) => Create(target, tag, 0, Duration.Zero);

    /// <summary>Runs the next event and sets the clock to its time.</summary>
    /// <exception cref="InvalidOperationException">No event is scheduled.</exception>
    public void RunNext()
    {
        if (NextDue == SimTime.Never) throw new InvalidOperationException("No event is scheduled.");
        Run(winners[Root]);
    }

    /// <summary>Runs every event due strictly before <paramref name="horizon"/>, until there were so many of them.</summary>
    /// <returns>How many ran.</returns>
    public int RunBefore(SimTime horizon, int most = int.MaxValue)
    {
        (this.horizon, left) = (horizon.Nanoseconds, most);
        while (left > 0 && NextDue.Nanoseconds < this.horizon)
        {
            left--;
            Run(winners[Root]);
        }
        Now = SimTime.Max(Now, passed);
        var ran = most - left;
        (this.horizon, left) = (0, 0);
        return ran;
    }

    /// <summary>From within an event: the <see cref="RunBefore"/> that goes on ends before this at the latest.</summary>
    public void Bound(SimTime at) => horizon = Math.Min(horizon, at.Nanoseconds);

    /// <summary>
    /// For an event that would schedule others, one after the other, as the last thing that it does: whether nothing comes between, so that it may do
    /// itself what they would have done. The clock stays until the next event, which is later than the last of them, or until the run ends.
    /// </summary>
    /// <param name="until">When the last of them would have been due.</param>
    /// <param name="events">How many they are; they are counted as run.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryPass(SimTime until, int events)
    {
        if (until >= NextDue || until.Nanoseconds >= horizon || events > left) return false;
        passed = until;
        left -= events;
        EventsRun += events;
        return true;
    }

    /// <summary>Moves the clock on without running anything; wall-clock pacing does so between events.</summary>
    public void AdvanceTo(SimTime now)
    {
        if (now > Now) Now = SimTime.Min(now, NextDue);
    }

    internal bool IsScheduled(TimelineEvent e) => DueAt(e) != SimTime.Never;

    internal SimTime DueAt(TimelineEvent e) => e.Slot == None || e.Slot == running ? SimTime.Never : new SimTime(times[e.Slot]);

    internal void Schedule(TimelineEvent e, SimTime at)
    {
        if (at < Now) ThrowPast(at);
        if (e.Slot == None) TakeSlot(e);
        var slot = e.Slot;
        if (slot == running) running = None;
        times[slot] = at.Nanoseconds;
        if (e.SendSlot != None) sends[e.SendSlot] = (at + e.Lookahead).Nanoseconds;
        orders[slot] = ((OwnRank | (lastOrder += FirstScheduling)) & e.Ordered) | (uint)e.Number;
        Replay(slot);
    }

    internal void Cancel(TimelineEvent e)
    {
        var slot = e.Slot;
        if (slot == None) return;
        if (slot == running) running = None;
        if (times[slot] == Never) return;
        Forget(slot);
    }

    private void Run(int slot)
    {
        Now = new SimTime(times[slot]);
        EventsRun++;
        running = slot;
        var due = events[slot];
        due.Target.Due(due.Tag);
        if (running != None) TakeOut();
    }

    private void TakeOut()
    {
        var slot = running;
        running = None;
        Forget(slot);
    }

    private void Forget(int slot)
    {
        times[slot] = Never;
        if (events[slot].SendSlot is var own && own != None) sends[own] = Never;
        Replay(slot);
    }

    private TimelineEvent Create(ITimelineTarget target, int tag, ulong ordered, Duration lookahead)
    {
        if (created == 1 << NumberBits) throw new InvalidOperationException($"A timeline has {1 << NumberBits} events at the most.");
        return new TimelineEvent(this, target, tag, created++, ordered, lookahead);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeSlot(TimelineEvent e)
    {
        if (taken == times.Length) Grow();
        e.Slot = taken++;
        events[e.Slot] = e;
        if (e.Lookahead == Duration.Max) return;
        if (speaking == sends.Length)
        {
            Array.Resize(ref sends, speaking * 2);
            sends.AsSpan(speaking).Fill(Never);
        }
        e.SendSlot = speaking++;
    }

    private void Grow()
    {
        var slots = times.Length * 2;
        Array.Resize(ref times, slots);
        Array.Resize(ref orders, slots);
        Array.Resize(ref events, slots);
        times.AsSpan(slots / 2).Fill(Never);
        winners = new int[slots * 2];
        for (var slot = 0; slot < slots; slot++) winners[slots + slot] = slot;
        for (var node = slots - 1; node >= Root; node--)
        {
            var (one, other) = (winners[node * 2], winners[node * 2 + 1]);
            winners[node] = IsBefore(other, one) ? other : one;
        }
    }

    // The matches above a leaf whose time has changed.
    private void Replay(int slot)
    {
        // Without checks of bounds: a node's children, its parent and what they name are in the tree.
        ref var winners = ref MemoryMarshal.GetArrayDataReference(this.winners);
        ref var times = ref MemoryMarshal.GetArrayDataReference(this.times);
        var winner = slot;
        var time = Unsafe.Add(ref times, slot);
        for (var node = this.times.Length + slot; node > Root; node >>= 1)
        {
            var rival = Unsafe.Add(ref winners, node ^ 1);
            var ahead = Unsafe.Add(ref times, rival) - time;
            // All ones if the rival is earlier: who wins cannot be foreseen, so that a branch would be guessed wrong every other time. That two are
            // equal is rare.
            var rivalWins = ahead >> 63;
            if (ahead == 0 && time != Never && IsBefore(rival, winner)) rivalWins = -1;
            time += ahead & rivalWins;
            winner ^= (winner ^ rival) & (int)rivalWins;
            Unsafe.Add(ref winners, node >> 1) = winner;
        }
    }

    private bool IsBefore(int one, int other) => times[one] < times[other] || (times[one] == times[other] && orders[one] < orders[other]);

    private void ThrowPast(SimTime at) =>
        throw new InvalidOperationException($"An event was scheduled at {at}, but it is already {Now}.");
}
