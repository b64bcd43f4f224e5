using Pcie.Time;

namespace Pcie.DriverModel.Kernel;

/// <summary>DPC_WATCHDOG_VIOLATION, bug check 0x133: when, where, and who ran.</summary>
/// <param name="IsCumulative">
/// The bug check's first parameter: false, 0, for a single DPC or ISR; true, 1, for a processor that was at DISPATCH_LEVEL or above all the while.
/// </param>
/// <param name="Routine">What the processor ran at DISPATCH_LEVEL or above: its kind and name.</param>
/// <param name="Ticks">Clock interrupts that were counted.</param>
/// <param name="Limit">Clock interrupts that are allowed.</param>
public sealed record DpcWatchdogViolation(SimTime At, int Processor, bool IsCumulative, string Routine, int Ticks, int Limit)
{
    public override string ToString() => "DPC_WATCHDOG_VIOLATION (bug check 0x133, "
        + (IsCumulative
            ? $"parameter 1 = 1) at {At}: processor {Processor} has been at DISPATCH_LEVEL or above for {Ticks} clock interrupts, "
                + $"dpc-watchdog-limit is {Limit}; it ran the {Routine}."
            : $"parameter 1 = 0) at {At}: the {Routine} on processor {Processor} has run for {Ticks} clock interrupts, "
                + $"dpc-time-limit is {Limit}.");
}
