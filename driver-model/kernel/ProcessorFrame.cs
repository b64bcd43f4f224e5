// A frame keeps its task until it is complete, and consumes it once.
#pragma warning disable CA2012

using System.Diagnostics;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Threads;
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

/// <summary>What becomes of a frame when its remaining time has passed.</summary>
internal enum FrameState : byte
{
    /// <summary>A duration without code: the frame ends.</summary>
    Passing,

    /// <summary>The kernel is on its way to a routine with code: the routine begins.</summary>
    Dispatching,

    /// <summary>Another processor holds the lock that the frame wants: no time passes until it is granted.</summary>
    Spinning,

    /// <summary>A thread's routine, or that of a DPC that has been granted its lock: its code begins.</summary>
    Starting,

    /// <summary>Code that waits: it goes on.</summary>
    Code,
}

/// <summary>One frame of a processor's stack, with the work that it still has to do.</summary>
internal struct ProcessorFrame
{
    public FrameKind Kind;
    public FrameState State;
    public byte Irql;

    /// <summary>How a DPC came to run.</summary>
    public DpcWay Way;

    /// <summary>Nanoseconds of work left, while the frame is not on top.</summary>
    public long Remaining;

    public Interrupt? Interrupt;

    /// <summary>The duration that the interrupt has brought for the DPC that an ISR without code queues.</summary>
    public Duration ForDpc;
    public Dpc? Dpc;
    public RaisedThread? Raised;
    public Func<ValueTask>? ThreadRoutine;

    /// <summary>Where the code goes on when it has waited.</summary>
    public Action? Continuation;

    // Complete when the code has returned.
    private ValueTask task;

    /// <summary>The number in the trace of what runs: an ISR, a DPC or a thread at raised IRQL.</summary>
    public readonly uint Source => Kind switch
    {
        FrameKind.Isr => Interrupt!.Source,
        FrameKind.Raised => Raised!.Source,
        _ => Dpc!.Source,
    };

    /// <summary>Whether it is an ISR or a DPC with code.</summary>
    public readonly bool HasRoutine => Kind switch
    {
        FrameKind.Isr => Interrupt!.Service is not null,
        FrameKind.Dpc or FrameKind.ThreadedDpc => Dpc!.Routine is not null,
        _ => false,
    };

    /// <summary>In words, the same.</summary>
    public readonly string Routine => Kind switch
    {
        FrameKind.Isr => $"ISR of {Interrupt!.Name}",
        FrameKind.Raised => $"thread of {Raised!.Name} at raised IRQL",
        _ => $"DPC of {Dpc!.Name}",
    };

    /// <summary>The lock that a DPC or a thread at raised IRQL holds to its end; null for none.</summary>
    public readonly QueuedSpinLock? Lock => Kind == FrameKind.Raised ? Raised!.Lock : Dpc!.Lock;

    /// <summary>Begins the routine, or goes on with code that has waited.</summary>
    /// <returns>Whether the code has returned; otherwise it waits.</returns>
    public bool RunCode()
    {
        if (State == FrameState.Code)
        {
            var continuation = Continuation!;
            Continuation = null;
            continuation();
        }
        else
        {
            State = FrameState.Code;
            task = Kind switch
            {
                FrameKind.Isr => Interrupt!.Service!.Run(),
                FrameKind.Thread => ThreadRoutine!(),
                _ => Dpc!.Routine!.Run(),
            };
        }
        if (!task.IsCompleted)
        {
            Debug.Assert(Continuation is not null, "Code waits for something that no processor knows of.");
            return false;
        }
        var returned = task;
        task = default;
        returned.GetAwaiter().GetResult();
        return true;
    }
}
