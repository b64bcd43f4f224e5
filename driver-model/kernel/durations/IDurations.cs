using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Durations;

/// <summary>
/// How long the ISR, the DPC or the thread of another driver runs, of which nothing is modelled but its time. It is asked twice: with each
/// request, and when a run begins.
/// </summary>
public interface IDurations
{
    /// <summary>
    /// The duration that a request brings with it. Asked for with every request, even one that coalesces or collapses: the next request's duration
    /// then does not depend on what the processor was doing.
    /// </summary>
    Duration ForRequest();

    /// <summary>The duration of the run that begins.</summary>
    /// <param name="requested">What the request brought that the run is for.</param>
    Duration ForRun(int processor, Duration requested);
}
