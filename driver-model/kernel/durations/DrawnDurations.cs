using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Durations;

/// <summary>Durations that are drawn with the request; the run takes what was drawn.</summary>
public sealed class DrawnDurations(Distribution distribution, RandomStream stream) : IDurations
{
    private readonly Draws draws = new(distribution, stream);

    public Duration ForRequest() => draws.Next();
    public Duration ForRun(int processor, Duration requested) => requested;
}
