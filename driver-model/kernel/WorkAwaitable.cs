using System.Runtime.CompilerServices;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel;

/// <summary>Code waits on this until its processor has spent so much time on it.</summary>
/// <remarks>Allocates nothing.</remarks>
public readonly struct WorkAwaitable(Processor processor, Duration work) : ICriticalNotifyCompletion
{
    public WorkAwaitable GetAwaiter() => this;
    public bool IsCompleted => work <= Duration.Zero;
    public void OnCompleted(Action continuation) => processor.Await(work, continuation);
    public void UnsafeOnCompleted(Action continuation) => processor.Await(work, continuation);

    public void GetResult()
    {
    }
}
