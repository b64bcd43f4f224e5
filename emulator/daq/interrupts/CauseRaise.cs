namespace Pcie.Emulator.Daq.Interrupts;

/// <summary>One raise of a cause.</summary>
/// <param name="Cause">Its bit number.</param>
/// <param name="WasSet">Whether its bit was set already.</param>
internal readonly record struct CauseRaise(int Cause, bool WasSet);
