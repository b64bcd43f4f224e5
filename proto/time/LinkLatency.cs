namespace Pcie.Time;

/// <summary>The simulated time that a frame takes from one side of a link to the other, each way.</summary>
public static class LinkLatency
{
    /// <summary>link.proto: of a free-running link, 1 ns to this.</summary>
    public const long MaxNanoseconds = 1_000_000_000;

    /// <summary>Where nobody says otherwise, and by the wall clock.</summary>
    public static readonly Duration Default = new(500);
}
