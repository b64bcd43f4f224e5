using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel;

/// <summary>KINTERRUPT: an interrupt vector with what is behind it.</summary>
public sealed class Interrupt
{
    private readonly Distribution? duration;
    private readonly RandomStream? random;
    private readonly Func<int, Duration>? asked;

    // What the request brought that each processor remembers.
    private InterruptWork[] requested = [];

    /// <summary>An interrupt of the driver under study, with code.</summary>
    public Interrupt(string name, uint source, byte vector, IInterruptService service)
    {
        (Name, Source, Vector, Service) = (name, source, vector, service);
    }

    /// <summary>Another driver's interrupt: an ISR with a duration and no code, and perhaps a DPC that it queues at its end.</summary>
    public Interrupt(string name, uint source, byte vector, Distribution duration, RandomStream random, Dpc? dpc)
    {
        (Name, Source, Vector, Dpc) = (name, source, vector, dpc);
        (this.duration, this.random) = (duration, random);
    }

    /// <summary>Another driver's interrupt whose durations are not drawn, but asked for by processor when its ISR begins.</summary>
    public Interrupt(string name, uint source, byte vector, Func<int, Duration> duration) =>
        (Name, Source, Vector, asked) = (name, source, vector, duration);

    public string Name { get; }

    /// <summary>Its number in the trace.</summary>
    public uint Source { get; }

    /// <summary>Entry in the interrupt descriptor table.</summary>
    public byte Vector { get; }

    public byte Irql => Kernel.Irql.OfVector(Vector);

    /// <summary>ISR runs begun.</summary>
    public long Runs { get; internal set; }

    /// <summary>Messages that found the vector requested already: one bit remembers any number (Intel SDM 3A, 10.8.4).</summary>
    public long Collapsed { get; internal set; }

    internal IInterruptService? Service { get; }
    internal Dpc? Dpc { get; }

    /// <summary>
    /// What this request brings. It is drawn with every request, for its ISR and for the DPC of that, whether or not it falls together with another
    /// one: so the next request's draws do not depend on what the processor was doing.
    /// </summary>
    internal InterruptWork Draw() => duration is null ? default : new InterruptWork(duration.Draw(random!), Dpc?.Draw() ?? Duration.Zero);

    /// <summary>The request is remembered by this processor, and what it brought.</summary>
    internal void Remember(int processor, InterruptWork work)
    {
        if (duration is null) return;
        if (processor >= requested.Length) Array.Resize(ref requested, processor + 1);
        requested[processor] = work;
    }

    /// <summary>What the request brought that this processor has remembered.</summary>
    internal InterruptWork Remembered(int processor) => duration is null ? default : requested[processor];

    /// <summary>How long the ISR takes that begins.</summary>
    internal Duration DurationOf(InterruptWork work, int processor) => asked is null ? work.Isr : asked(processor);
}
