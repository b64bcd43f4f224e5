using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.Randomness;
using Pcie.Scenario;

namespace Pcie.DriverModel.Interference;

/// <summary>A driver whose timer expires with the clock interrupt.</summary>
public sealed record TimerInterference : ProcessorInterference
{
    [Key("timer", "How long the DPC of its timer takes: at the first clock interrupt after the occurrence it is called from timer expiry, before "
        + "every DPC that is queued. Only for a source of nothing else.")]
    public required Distribution Timer { get; init; }

    [Keys]
    public DpcSettings Dpc { get; init; } = new();

    internal override InterferenceActivity Connect(ModelledKernel kernel, uint source, Func<string, RandomStream> random)
    {
        var dpc = Dpc.CreateDpc(Timer, Name, kernel, source, random);
        return new Activity(InTurn(kernel, processor => (processor, new KernelTimer(dpc))));
    }

    private sealed class Activity(Turn<(Processor On, KernelTimer Timer)> timers) : InterferenceActivity
    {
        public override void Fire(bool isLast)
        {
            var (on, timer) = timers.Next();
            on.SetTimer(timer);
        }
    }
}
