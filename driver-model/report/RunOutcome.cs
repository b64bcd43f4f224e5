namespace Pcie.DriverModel.Report;

/// <summary>How a run ended.</summary>
public enum RunOutcome
{
    /// <summary>The device did not come to work before the run's end.</summary>
    NotStarted,

    /// <summary>The run came to its end and could be accounted for.</summary>
    Completed,

    /// <summary>The run came to its end, and the card does not say what the driver's account needs.</summary>
    Unaccounted,

    /// <summary>The session with the device ended before the run did.</summary>
    DeviceRemoved,

    /// <summary>The machine halted with the bug check DPC_WATCHDOG_VIOLATION.</summary>
    DpcWatchdogViolation,

    /// <summary>The run was interrupted.</summary>
    Cancelled,
}
