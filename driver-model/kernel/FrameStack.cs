using System.Diagnostics;

namespace Pcie.DriverModel.Kernel;

/// <summary>A processor's frames by rising IRQL. The one on top runs; the thread's is always there, at the bottom.</summary>
/// <remarks>Allocates nothing.</remarks>
internal struct FrameStack()
{
    // A thread, a threaded DPC, a DPC or a raised thread, and an ISR at each IRQL from 3 to 15.
    private const int MaxDepth = 17;

    private readonly ProcessorFrame[] frames = new ProcessorFrame[MaxDepth];
    private int top;

    public readonly ref ProcessorFrame Top => ref frames[top];

    public readonly ref ProcessorFrame Thread => ref frames[0];

    /// <summary>Whether nothing lies above the thread.</summary>
    public readonly bool IsAtThread => top == 0;

    /// <summary>The lowest frame above a thread and a threaded DPC, both of which are below DISPATCH_LEVEL.</summary>
    public readonly ref ProcessorFrame LowestRaised => ref frames[frames[1].Irql >= Interrupts.Irql.Dispatch ? 1 : 2];

    /// <summary>Whether one of them is a routine of the driver under study, or a thread that runs one.</summary>
    public readonly bool HasCode
    {
        get
        {
            if (frames[0].State != FrameState.Passing) return true;
            for (var i = 1; i <= top; i++)
                if (frames[i].HasRoutine) return true;
            return false;
        }
    }

    public ref ProcessorFrame Push(FrameKind kind, byte irql)
    {
        Debug.Assert(irql >= frames[top].Irql, "A frame never lies above one of a higher level.");
        ref var frame = ref frames[++top];
        frame.Kind = kind;
        frame.State = FrameState.Passing;
        frame.Irql = irql;
        frame.Remaining = 0;
        return ref frame;
    }

    public void Pop() => top--;
}
