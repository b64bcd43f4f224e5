namespace Pcie.Host.Kernel;

/// <summary>What a processor does at one level: a thread, a DPC, an ISR or the clock interrupt.</summary>
internal enum FrameKind : byte
{
    Thread,
    Dpc,
    Isr,
    Tick,
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

    /// <summary>Nanoseconds of work left, while it is not on top.</summary>
    public long Remaining;

    public Interrupt? Interrupt;
    public Dpc? Dpc;

    /// <summary>Where the code goes on when it has waited.</summary>
    public Action? Continuation;

    /// <summary>Complete when the code has returned.</summary>
    public ValueTask Task;
}
