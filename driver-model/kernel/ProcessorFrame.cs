using Pcie.Time;

namespace Pcie.DriverModel.Kernel;

/// <summary>What a processor does at one level: a thread, a DPC, an ISR, the clock interrupt.</summary>
internal enum FrameKind : byte
{
    Thread,

    /// <summary>A DPC that the thread for threaded DPCs runs, at PASSIVE_LEVEL.</summary>
    ThreadedDpc,
    Dpc,
    Isr,
    Tick,

    /// <summary>A thread that has raised its IRQL.</summary>
    Raised,

    /// <summary>The way out of an idle state, with interrupts disabled.</summary>
    IdleExit,
}

/// <summary>One frame of a processor's stack, with the work it still has to do.</summary>
internal struct ProcessorFrame
{
    public FrameKind Kind;
    public byte Irql;

    /// <summary>Whether it is code that runs, rather than a duration that passes.</summary>
    public bool HasCode;

    /// <summary>The kernel is on its way to the routine's first instruction.</summary>
    public bool Dispatching;

    /// <summary>It waits for a lock that another processor holds; its work begins when it has it.</summary>
    public bool Spinning;

    /// <summary>Nanoseconds of work left, while it is not on top.</summary>
    public long Remaining;

    public Interrupt? Interrupt;

    /// <summary>How long the DPC will take that an ISR without code queues.</summary>
    public Duration DpcWork;
    public Dpc? Dpc;
    public DpcWay Way;
    public RaisedThread? Raised;

    /// <summary>Where the code goes on when it has waited.</summary>
    public Action? Continuation;

    /// <summary>Complete when the code has returned.</summary>
    public ValueTask Task;
}
