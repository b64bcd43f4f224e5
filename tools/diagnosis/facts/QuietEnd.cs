namespace Pcie.Diagnosis.Facts;

/// <summary>What ended a <see cref="QuietWait"/>.</summary>
public enum QuietEnd
{
    /// <summary>A message for a later event.</summary>
    NextEvent,

    /// <summary>
    /// A message, though nothing else had happened that it could be for: it came late. Or there were as many messages as events in the end.
    /// </summary>
    LateMessage,

    /// <summary>The driver looked by itself: its watchdog.</summary>
    Watchdog,

    /// <summary>The trace ended, and nothing had come.</summary>
    EndOfTrace,
}
