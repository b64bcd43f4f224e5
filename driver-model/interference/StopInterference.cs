using Pcie.DriverModel.Kernel;
using Pcie.Randomness;
using Pcie.Scenario;

namespace Pcie.DriverModel.Interference;

/// <summary>Firmware (SMI) or a hypervisor that stops all processors.</summary>
public sealed record StopInterference : RecurringInterference
{
    [Key("stop", "For how long firmware (SMI) or a hypervisor stops all processors: nothing runs, and no processor accounts for the time. "
        + "Only for a source of nothing else.", Excludes = "a stop takes all processors")]
    public required Distribution Stop { get; init; }

    internal override InterferenceActivity Connect(ModelledKernel kernel, uint source, Func<string, RandomStream> random) =>
        new Activity(Stop, kernel, source, random("thread"));

    private sealed class Activity(Distribution duration, ModelledKernel kernel, uint source, RandomStream random) : InterferenceActivity
    {
        public override bool GoesOnWhileStopped => true;

        public override void Fire(bool isLast) => kernel.Stop(duration.Draw(random), source);
    }
}
