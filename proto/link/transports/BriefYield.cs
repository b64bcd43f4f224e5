namespace Pcie.Link.Transports;

/// <summary>
/// Lets others run for a moment, between two looks for what comes soon. Where somebody keeps the processor for a slice of his own, whoever waits in
/// the system gets it back sooner, and that is what is to be done for a while. Threads may share one.
/// </summary>
public sealed class BriefYield
{
    // So many waits in the system are tried before others are let run again.
    internal const int LeftOff = 100;

    // Nobody runs so long who has only been woken to answer.
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(1);

    private readonly TimeProvider clock;
    private readonly Action letRun;
    private int leftOff;

    public BriefYield() : this(TimeProvider.System, static () => Thread.Yield())
    {
    }

    internal BriefYield(TimeProvider clock, Action letRun) => (this.clock, this.letRun) = (clock, letRun);

    /// <returns>False if others were not let run, as they would keep the processor: it is time to wait.</returns>
    public bool Try()
    {
        if (leftOff > 0)
        {
            leftOff--;
            return false;
        }
        var began = clock.GetTimestamp();
        letRun();
        if (clock.GetElapsedTime(began) > Slice) leftOff = LeftOff;
        return true;
    }
}
