namespace Pcie.Time;

/// <summary>How simulated time passes.</summary>
public enum Pacing
{
    /// <summary>As fast as possible, in step with the other side by promises. Deterministic.</summary>
    FreeRunning = 1,

    /// <summary>An event at t runs at wall time t. What a live demo or a mixed set-up uses.</summary>
    WallClock = 2,
}
