namespace Pcie.Emulator.Daq;

/// <summary>
/// When a vector's message is sent, and when again: the values of INT_POLICY. Each is found in real cards, with its own traps.
/// </summary>
public enum RearmPolicy
{
    /// <summary>A message for every raise of an enabled cause. Enabling a cause that is set already sends nothing.</summary>
    PerEvent = 0,

    /// <summary>
    /// A message when the vector's enabled causes go from none to some. A driver that clears only what it has read, while
    /// something else is set, waits for ever.
    /// </summary>
    OnNonZero = 1,

    /// <summary>A sent message masks the vector until INT_REARM, which sends again if something is set.</summary>
    AutoMask = 2,

    /// <summary>
    /// A sent message masks the vector until INT_REARM, which does not look: what was raised while masked stays in INT_CAUSE, and
    /// its message is lost until the next raise.
    /// </summary>
    AutoMaskLossy = 3,

    /// <summary>
    /// As a level-triggered line: sends again at each write of INT_CAUSE or INT_REARM that leaves something set.
    /// </summary>
    Level = 4,
}
