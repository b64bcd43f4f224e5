using System.Runtime.CompilerServices;

namespace Pcie.Time;

/// <summary>
/// An event queue and a clock: everything simulated on one side of the link happens here, on one thread, in an order that
/// depends on nothing but the scheduled times and the order of scheduling.
/// </summary>
/// <remarks>
/// A 4-ary heap of (time, order, slot), with each event's place remembered so that it can be moved. The event that is due stays
/// at the root while its target runs: a target that schedules it again replaces the root, which is the cheapest thing a heap can do
/// and the commonest thing a source of interrupts does. No call allocates, but for <see cref="CreateEvent"/>.
/// </remarks>
public sealed class Timeline
{
    private const int Arity = 4;
    private const int NotScheduled = -1;

    // Arrivals from the other side go before own events of the same time, so that the order of equal times is the same
    // however the frames were batched.
    private const ulong OwnRank = 1UL << 63;

    private Entry[] heap = new Entry[64];
    private int[] places = new int[64];
    private readonly List<TimelineEvent> events = [];
    private int count;
    private ulong lastOrder;
    private int running = NotScheduled;

    /// <summary>The time of the event that runs or ran last; between events, whatever <see cref="AdvanceTo"/> said.</summary>
    public SimTime Now { get; private set; }

    /// <summary>When the next event is due; <see cref="SimTime.Never"/> when none is scheduled.</summary>
    public SimTime NextDue
    {
        get
        {
            if (running != NotScheduled) return NextDueWhileRunning();
            return count == 0 ? SimTime.Never : new(heap[0].Time);
        }
    }

    /// <summary>How many events have run.</summary>
    public long EventsRun { get; private set; }

    /// <summary>The earliest time at which any scheduled event could say something to the other side.</summary>
    public SimTime EarliestSpeech
    {
        get
        {
            var earliest = SimTime.Never;
            for (var i = 0; i < count; i++)
                if (heap[i].Slot != running)
                    earliest = SimTime.Min(earliest, new SimTime(heap[i].Time) + events[heap[i].Slot].Silence);
            return earliest;
        }
    }

    /// <summary>Creates an event, not yet scheduled. Meant for construction time: an event is never given back.</summary>
    /// <param name="target">Told when it is due.</param>
    /// <param name="tag">Passed back to the target.</param>
    /// <param name="silence">See <see cref="TimelineEvent.Silence"/>.</param>
    public TimelineEvent CreateEvent(ITimelineTarget target, int tag = 0, Duration silence = default) =>
        Create(target, tag, OwnRank, silence);

    /// <summary>Creates the event by which frames from the other side arrive: at equal times it runs before own events.</summary>
    public TimelineEvent CreateArrivalEvent(ITimelineTarget target, int tag = 0) => Create(target, tag, 0, Duration.Zero);

    /// <summary>Runs the next event and sets the clock to its time.</summary>
    /// <exception cref="InvalidOperationException">No event is scheduled.</exception>
    public void RunNext()
    {
        if (count == 0) throw new InvalidOperationException("No event is scheduled.");
        var slot = heap[0].Slot;
        Now = new SimTime(heap[0].Time);
        EventsRun++;
        running = slot;
        var due = events[slot];
        due.Target.Due(due.Tag);
        // Scheduling or cancelling it meanwhile took the mark away.
        if (running == slot) RemoveAt(places[slot]);
        running = NotScheduled;
    }

    /// <summary>Runs every event due strictly before <paramref name="horizon"/>.</summary>
    public void RunBefore(SimTime horizon)
    {
        while (count > 0 && heap[0].Time < horizon.Nanoseconds) RunNext();
    }

    /// <summary>Moves the clock on without running anything; wall-clock pacing does so between events.</summary>
    public void AdvanceTo(SimTime now)
    {
        if (now > Now) Now = SimTime.Min(now, NextDue);
    }

    // While an event runs it is no longer scheduled, though it still stands at the root.
    internal bool IsScheduled(int slot) => places[slot] != NotScheduled && slot != running;
    internal SimTime DueAt(int slot) => IsScheduled(slot) ? new(heap[places[slot]].Time) : SimTime.Never;

    internal void Schedule(TimelineEvent e, SimTime at)
    {
        if (at < Now) ThrowPast(at);
        if (at == SimTime.Never)
        {
            Cancel(e.Slot);
            return;
        }
        var entry = new Entry(at.Nanoseconds, e.Rank | ++lastOrder, e.Slot);
        if (e.Slot == running) running = NotScheduled;
        var place = places[e.Slot];
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

    internal void Cancel(int slot)
    {
        if (slot == running) running = NotScheduled;
        if (places[slot] != NotScheduled) RemoveAt(places[slot]);
    }

    // The event that runs keeps its place but is no longer due; if it is still the root, what comes next is one of its children.
    private SimTime NextDueWhileRunning()
    {
        if (heap[0].Slot != running) return new(heap[0].Time);
        var next = SimTime.Never;
        for (var child = 1; child < Math.Min(count, Arity + 1); child++) next = SimTime.Min(next, new(heap[child].Time));
        return next;
    }

    private TimelineEvent Create(ITimelineTarget target, int tag, ulong rank, Duration silence)
    {
        var e = new TimelineEvent(this, target, tag, events.Count, rank, silence);
        if (events.Count == places.Length) Array.Resize(ref places, places.Length * 2);
        places[events.Count] = NotScheduled;
        events.Add(e);
        return e;
    }

    private void RemoveAt(int place)
    {
        places[heap[place].Slot] = NotScheduled;
        var last = heap[--count];
        if (place == count) return;
        if (place > 0 && last.IsBefore(heap[(place - 1) / Arity])) SiftUp(place, last);
        else SiftDown(place, last);
    }

    private void SiftUp(int place, in Entry entry)
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

    private void SiftDown(int place, in Entry entry)
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

    private readonly struct Entry(long time, ulong order, int slot)
    {
        public readonly long Time = time;
        public readonly ulong Order = order;
        public readonly int Slot = slot;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool IsBefore(in Entry other) => Time < other.Time || (Time == other.Time && Order < other.Order);
    }
}
