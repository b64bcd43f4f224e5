namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>How a DPC came to run; the trace has it as a number.</summary>
internal enum DpcWay : byte
{
    /// <summary>Out of the queue.</summary>
    Queue = 0,

    /// <summary>Called from timer expiry.</summary>
    Timer = 1,

    /// <summary>By the thread for threaded DPCs.</summary>
    Thread = 2,
}
