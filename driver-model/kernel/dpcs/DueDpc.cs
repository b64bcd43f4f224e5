using Pcie.Time;

namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>A DPC whose turn it is.</summary>
/// <param name="Requested">The duration that came with the call that queued it or set its timer.</param>
internal readonly record struct DueDpc(Dpc Dpc, DpcWay Way, Duration Requested);
