using Pcie.Time;

namespace Pcie.Link.Sessions;

/// <summary>
/// What a host knows of itself beyond its next event: most events of a machine have nothing to do with the device. The further it can promise to be
/// silent, the fewer round trips.
/// </summary>
public interface IHostOutlook
{
    /// <summary>The earliest time at which it may send something, or end its run, if nothing arrives before. Asked between events.</summary>
    SimTime EarliestSend { get; }
}
