using System.Runtime.CompilerServices;

namespace Pcie.Time;

/// <summary>
/// An event queue and a clock: everything simulated on one side of the link happens here, on one thread, in an order that
/// depends on nothing but the scheduled times and the order of scheduling.
/// </summary>
/// <remarks>
/// <para>A 4-ary heap of (time, order, slot), with each event's place remembered so that it can be moved. The event that is due stays
/// at the root while its target runs: a target that schedules it again replaces the root, which is the cheapest thing a heap can do
/// and the commonest thing a source of interrupts does.</para>
/// <para>An event that is scheduled before all others waits in front of the heap, not in it: the end of an ISR or a DPC is mostly the very
/// next thing to happen, and then costs no sifting at all.</para>
/// <para>What an event sets going may be done within that event, though it takes time, if nothing can come between: <see cref="TryPass"/>.</para>
/// <para>No call allocates, but for <see cref="CreateEvent"/>.</para>
/// </remarks>
public sealed class Timeline
{
    private const int Arity = 4;
    private const int NotScheduled = -1;
    private const int InFront = -2;

    // Arrivals from the other side go before own events of the same time, and among each other in the order of their creation, so that the order
    // of equal times is the same however the frames were batched.
    private const ulong OwnRank = 1UL << 63;

    // Below the rank, the number of the scheduling; below that, the slot. Schedulings suffice for months, ten million a second.
    private const int SlotBits = 16;
    private const ulong FirstScheduling = 1UL << SlotBits;

    // Stands where no event does, and is after all that do.
    private static readonly Entry Vacant = new(long.MaxValue, ulong.MaxValue);

    // Before everything in the heap, unless vacant. An empty heap's root is vacant.
    private Entry front = Vacant;
    private Entry[] heap = new Entry[64];
    private int count;

    // By slot: where in the heap an event is.
    private int[] places = new int[64];
    private TimelineEvent[] events = new TimelineEvent[64];
    private int created;
    private ulong lastOrder;
    private int running = NotScheduled;

    // Of the RunBefore that goes on: before what, and how many events more. Otherwise nothing passes.
    private long horizon;
    private int left;
    private SimTime passed;

    public Timeline() => heap[0] = Vacant;

    /// <summary>The time of the event that runs or ran last; between events, whatever <see cref="AdvanceTo"/> said.</summary>
    public SimTime Now { get; private set; }

    /// <summary>When the next event is due; <see cref="SimTime.Never"/> when none is scheduled.</summary>
    public SimTime NextDue =>
        running == NotScheduled ? new(Math.Min(front.Time, heap[0].Time)) : NextDueWhileRunning();

    /// <summary>How many events have run.</summary>
    public long EventsRun { get; private set; }

    /// <summary>The earliest time at which any scheduled event can cause a TLP to the other side.</summary>
    public SimTime EarliestSend
    {
        get
        {
            var earliest = front.IsVacant ? SimTime.Never : SendAt(front);
            for (var i = 0; i < count; i++)
                if (heap[i].Slot != running) earliest = SimTime.Min(earliest, SendAt(heap[i]));
            return earliest;

            SimTime SendAt(Entry entry) => new SimTime(entry.Time) + events[entry.Slot].Lookahead;
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
        var inFront = !front.IsVacant;
        var entry = inFront ? front : heap[0];
        if (entry.IsVacant) throw new InvalidOperationException("No event is scheduled.");
        var slot = entry.Slot;
        Now = new SimTime(entry.Time);
        EventsRun++;
        var due = events[slot];
        if (inFront)
        {
            front = Vacant;
            places[slot] = NotScheduled;
            due.Target.Due(due.Tag);
            return;
        }
        running = slot;
        due.Target.Due(due.Tag);
        // Scheduling or cancelling it meanwhile took the mark away.
        if (running == slot) RemoveAt(places[slot]);
        running = NotScheduled;
    }

    /// <summary>Runs every event due strictly before <paramref name="horizon"/>, until there were so many of them.</summary>
    /// <returns>How many ran.</returns>
    public int RunBefore(SimTime horizon, int most = int.MaxValue)
    {
        (this.horizon, left) = (horizon.Nanoseconds, most);
        while (left > 0 && NextDue.Nanoseconds < this.horizon)
        {
            left--;
            RunNext();
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

    // While an event runs it is no longer scheduled, though it still stands at the root.
    internal bool IsScheduled(int slot) => places[slot] != NotScheduled && slot != running;

    internal SimTime DueAt(int slot) =>
        !IsScheduled(slot) ? SimTime.Never : new(places[slot] == InFront ? front.Time : heap[places[slot]].Time);

    internal void Schedule(TimelineEvent e, SimTime at)
    {
        if (at < Now) ThrowPast(at);
        if (at == SimTime.Never)
        {
            Cancel(e.Slot);
            return;
        }
        var entry = new Entry(at.Nanoseconds, ((OwnRank | (lastOrder += FirstScheduling)) & e.Ordered) | (uint)e.Slot);
        if (e.Slot == running) running = NotScheduled;
        var place = places[e.Slot];
        if (place == InFront)
        {
            front = Vacant;
            place = NotScheduled;
        }
        if (front.IsVacant ? place == NotScheduled && entry.IsBefore(heap[0]) : entry.IsBefore(front))
        {
            var displaced = front;
            front = entry;
            places[e.Slot] = InFront;
            if (displaced.IsVacant) return;
            entry = displaced;
        }
        Put(entry, place);
    }

    internal void Cancel(int slot)
    {
        if (slot == running) running = NotScheduled;
        var place = places[slot];
        if (place == InFront)
        {
            front = Vacant;
            places[slot] = NotScheduled;
        }
        else if (place != NotScheduled)
        {
            RemoveAt(place);
        }
    }

    // The event that runs keeps its place but is no longer due; if it is still the root, what comes next is one of its children.
    private SimTime NextDueWhileRunning()
    {
        var next = new SimTime(front.Time);
        if (heap[0].Slot != running) return SimTime.Min(next, new(heap[0].Time));
        for (var child = 1; child < Math.Min(count, Arity + 1); child++) next = SimTime.Min(next, new(heap[child].Time));
        return next;
    }

    private TimelineEvent Create(ITimelineTarget target, int tag, ulong ordered, Duration lookahead)
    {
        if (created == 1 << SlotBits) throw new InvalidOperationException($"A timeline has {1 << SlotBits} events at the most.");
        if (created == events.Length)
        {
            Array.Resize(ref events, created * 2);
            Array.Resize(ref places, created * 2);
        }
        var e = new TimelineEvent(this, target, tag, created, ordered, lookahead);
        places[created] = NotScheduled;
        events[created++] = e;
        return e;
    }

    // Into the heap: in another's place there, or as one more.
    private void Put(Entry entry, int place)
    {
        if (place == NotScheduled)
        {
            if (count == heap.Length) Array.Resize(ref heap, count * 2);
            SiftUp(count++, entry);
        }
        else if (place > 0 && entry.IsBefore(heap[(place - 1) / Arity]))
        {
            SiftUp(place, entry);
        }
        else
        {
            SiftDown(place, entry);
        }
    }

    private void RemoveAt(int place)
    {
        places[heap[place].Slot] = NotScheduled;
        var last = heap[--count];
        if (place != count) Put(last, place);
        if (count == 0) heap[0] = Vacant;
    }

    private void SiftUp(int place, Entry entry)
    {
        while (place > 0)
        {
            var parent = (place - 1) / Arity;
            if (!entry.IsBefore(heap[parent])) break;
            heap[place] = heap[parent];
            places[heap[place].Slot] = place;
            place = parent;
        }
        heap[place] = entry;
        places[entry.Slot] = place;
    }

    private void SiftDown(int place, Entry entry)
    {
        var heap = this.heap;
        var count = this.count;
        while (true)
        {
            var child = place * Arity + 1;
            if (child >= count) break;
            var end = Math.Min(child + Arity, count);
            var first = child;
            for (child++; child < end; child++)
                if (heap[child].IsBefore(heap[first])) first = child;
            if (!heap[first].IsBefore(entry)) break;
            heap[place] = heap[first];
            places[heap[place].Slot] = place;
            place = first;
        }
        heap[place] = entry;
        places[entry.Slot] = place;
    }

    private void ThrowPast(SimTime at) =>
        throw new InvalidOperationException($"An event was scheduled at {at}, but it is already {Now}.");

    // Two words, so that it travels in registers, and four children fill a cache line.
    private readonly struct Entry(long time, ulong order)
    {
        public readonly long Time = time;
        public readonly ulong Order = order;

        public bool IsVacant => Time == long.MaxValue;
        public int Slot => (int)(Order & ((1 << SlotBits) - 1));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool IsBefore(Entry other) => Time < other.Time || (Time == other.Time && Order < other.Order);
    }
}
