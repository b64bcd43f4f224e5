using System.Diagnostics;

namespace Pcie.DriverModel.Kernel.Threads;

/// <summary>
/// KSPIN_LOCK, queued: a processor that wants the lock while another has it spins at DISPATCH_LEVEL, and processors get it in the order in
/// which they asked (WDK, Queued Spin Locks).
/// </summary>
/// <remarks>
/// A DPC or a raised thread takes one lock at its beginning and gives it up at its end. Nobody holds one while waiting for another, so
/// there is no deadlock; an ISR, which could interrupt the holder on its own processor, cannot take one. Allocates nothing.
/// </remarks>
public sealed class QueuedSpinLock(string name, uint source)
{
    private ILockWaiter? owner, first, last;

    public string Name => name;

    /// <summary>Its number in the trace.</summary>
    public uint Source => source;

    /// <summary>Acquisitions that found it held.</summary>
    public long Contended { get; private set; }

    /// <returns>False if another processor has it; <see cref="ILockWaiter.Granted"/> tells when it is this one's.</returns>
    internal bool Acquire(ILockWaiter processor)
    {
        Debug.Assert(owner != processor, "At DISPATCH_LEVEL one thing runs on a processor, and it takes one lock.");
        if (owner is null)
        {
            owner = processor;
            return true;
        }
        Contended++;
        if (last is null) first = processor;
        else last.NextWaiter = processor;
        last = processor;
        return false;
    }

    internal void Release()
    {
        owner = first;
        if (owner is null) return;
        first = owner.NextWaiter;
        if (first is null) last = null;
        owner.NextWaiter = null;
        owner.Granted();
    }
}
