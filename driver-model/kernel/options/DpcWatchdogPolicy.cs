namespace Pcie.DriverModel.Kernel.Options;

/// <summary>What the DPC watchdog does when a limit is passed.</summary>
public enum DpcWatchdogPolicy
{
    /// <summary>DPC_WATCHDOG_VIOLATION (bug check 0x133), as Windows does: the machine halts, and the run ends there.</summary>
    BugCheck,

    /// <summary>It is counted and recorded, and the machine goes on: what Windows would not have survived.</summary>
    Report,

    /// <summary>Nobody watches.</summary>
    Off,
}
