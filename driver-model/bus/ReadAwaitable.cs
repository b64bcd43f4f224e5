using System.Runtime.CompilerServices;

namespace Pcie.DriverModel.Bus;

/// <summary>Code waits on this for the device's answer; its processor stalls meanwhile.</summary>
/// <remarks>Allocates nothing.</remarks>
public readonly struct ReadAwaitable : ICriticalNotifyCompletion
{
    private readonly PendingRead read;

    internal ReadAwaitable(PendingRead read) => this.read = read;

    public ReadAwaitable GetAwaiter() => this;
    public bool IsCompleted => false;
    public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

    public void UnsafeOnCompleted(Action continuation)
    {
        if (!read.TryBegin(continuation)) continuation();
    }

    /// <returns>What was read; all-ones of its width if nothing could be.</returns>
    public ulong GetResult() => read.Value;
}
