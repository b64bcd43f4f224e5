using Pcie.Time;

namespace Pcie.DriverModel.Daq.Accounting;

/// <summary>One chunk that was destroyed before it had been copied.</summary>
/// <param name="Sequence">Its number.</param>
/// <param name="At">When it was destroyed.</param>
/// <param name="IsrToDpc">How late the DPC was that should have copied it; null if none came before the run ended.</param>
public readonly record struct OverrunRecord(long Sequence, SimTime At, Duration? IsrToDpc);
