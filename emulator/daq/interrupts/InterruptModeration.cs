using Pcie.Emulator.Registers;
using Pcie.Time;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Daq.Interrupts;

/// <summary>
/// Gathers raises so that one message stands for several: after so many of them, or so long after the first, whichever comes first.
/// Each vector gathers on its own, as its INT_MODERATION says.
/// </summary>
/// <remarks>One timeline event per gathering. Allocates nothing after construction.</remarks>
internal sealed class InterruptModeration : ITimelineTarget
{
    /// <summary>Vectors, each with a register of its own.</summary>
    public const int Vectors = 32;

    private readonly Action<int> expired;
    private readonly Register[] rules = new Register[Vectors];
    private readonly TimelineEvent[] timers = new TimelineEvent[Vectors];
    private readonly uint[] causes = new uint[Vectors];
    private readonly uint[] counts = new uint[Vectors];
    private readonly CauseRaise[] firsts = new CauseRaise[Vectors];

    /// <param name="set">INT_MODERATION is declared in it, a register for each vector.</param>
    /// <param name="expired">Told which vector has gathered for as long as it may.</param>
    public InterruptModeration(Timeline timeline, RegisterSet set, Action<int> expired)
    {
        this.expired = expired;
        for (var n = 0; n < Vectors; n++)
        {
            var vector = n;
            timers[vector] = timeline.CreateEvent(this, vector);
            rules[vector] = set.Declare($"INT_MODERATION{vector}", 0x080 + 4 * (uint)vector,
                    $"When raises on vector {vector} are passed on, one for all: after COUNT or MICROSECONDS, whichever is first")
                .Field(0, 8, "COUNT", RW, "raises; 0 or 1 with MICROSECONDS 0: each at once")
                .Reserved(8, 8)
                .Field(16, 16, "MICROSECONDS", RW, "time after the first raise; 0: COUNT alone decides")
                .OnChange(() => BeginAnew(vector));
        }
    }

    /// <summary>A bit for each vector that has gathered something.</summary>
    public uint Gathering { get; private set; }

    /// <summary>Raises gathered so far.</summary>
    public ulong Gathered { get; private set; }

    /// <summary>Whether the vector has gathered something.</summary>
    public bool Gathers(int vector) => (Gathering >> vector & 1) != 0;

    /// <summary>Whether a raise on the vector waits for others.</summary>
    public bool Moderates(int vector) => CountOf(vector) > 1 || TimeOf(vector) > Duration.Zero;

    /// <summary>Takes a raise of a vector that <see cref="Moderates"/>.</summary>
    /// <returns>Whether it completes what the vector may gather.</returns>
    public bool Gather(int vector, CauseRaise raise)
    {
        Gathered++;
        causes[vector] |= 1u << raise.Cause;
        if (!Gathers(vector)) firsts[vector] = raise;
        Gathering |= 1u << vector;
        if (++counts[vector] == 1 && TimeOf(vector) > Duration.Zero) timers[vector].ScheduleAfter(TimeOf(vector));
        return CountOf(vector) > 1 && counts[vector] >= CountOf(vector);
    }

    /// <summary>Ends a vector's gathering, if there is one.</summary>
    /// <returns>The causes gathered, each of them once, and the raise that began it.</returns>
    public (uint Causes, CauseRaise First) Release(int vector)
    {
        var gathered = (causes[vector], firsts[vector]);
        timers[vector].Cancel();
        (causes[vector], counts[vector]) = (0, 0);
        Gathering &= ~(1u << vector);
        return gathered;
    }

    void ITimelineTarget.Due(int tag) => expired(tag);

    // The new rule begins with nothing gathered.
    private void BeginAnew(int vector)
    {
        if (Gathers(vector)) expired(vector);
    }

    private uint CountOf(int vector) => rules[vector].Value & 0xFF;

    private Duration TimeOf(int vector) => Duration.FromMicroseconds(rules[vector].Value >> 16);
}
