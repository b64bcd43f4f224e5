using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Interrupts;

/// <summary>What one interrupt of another driver brings: how long its ISR takes, and the DPC that this one queues.</summary>
internal readonly record struct InterruptWork(Duration Isr, Duration Dpc);
