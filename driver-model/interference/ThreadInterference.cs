using Pcie.DriverModel.Kernel;
using Pcie.Randomness;
using Pcie.Scenario;

namespace Pcie.DriverModel.Interference;

/// <summary>Threads that are busy below DISPATCH_LEVEL.</summary>
public sealed record ThreadInterference : ProcessorInterference
{
    [Key("thread", "How long a thread is busy, below DISPATCH_LEVEL. Only for a source of nothing else.")]
    public required Distribution Thread { get; init; }

    internal override InterferenceActivity Connect(ModelledKernel kernel, uint source, Func<string, RandomStream> random) =>
        new Activity(Thread, InTurn(kernel), random("thread"));

    private sealed class Activity(Distribution duration, Turn<Processor> processors, RandomStream random) : InterferenceActivity
    {
        public override void Fire(bool isLast) => processors.Next().AddThreadWork(duration.Draw(random));
    }
}
