using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>An event that the reader asked for by name, such as a driver's report of an overrun, and the wait that it is about.</summary>
/// <param name="Wait">The wait that it fell into, or into whose run; if there is none, the last before it; null if nothing had waited.</param>
public sealed record EventWait(string Name, SimTime At, ushort Processor, Wait? Wait);
