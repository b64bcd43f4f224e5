namespace Pcie.DriverModel.Kernel.Threads;

/// <summary>A processor that can spin for a <see cref="QueuedSpinLock"/>: for one at a time.</summary>
internal interface ILockWaiter
{
    /// <summary>The next in the queue of the lock.</summary>
    ILockWaiter? NextWaiter { get; set; }

    /// <summary>The lock for which the processor spins is its own now.</summary>
    void Granted();
}
