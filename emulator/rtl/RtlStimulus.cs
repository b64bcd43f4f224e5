using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Emulator.Rtl;

/// <summary>A trigger from outside the card, as the clock of what it samples: a pulse of one cycle at a pin, again and again.</summary>
/// <param name="Pin">Where the pulses go.</param>
/// <param name="While">The pin by which the card says that it wants them.</param>
/// <param name="Period">From pulse to pulse.</param>
/// <param name="Jitter">How much later than its period a pulse comes; null for not at all.</param>
/// <param name="FirstAt">When the first pulse comes; null for a period after the card wants them.</param>
/// <param name="Seed">Of the jitter.</param>
/// <param name="Stream">Name of its random stream.</param>
public sealed record RtlStimulus(string Pin, string While, Duration Period, Distribution? Jitter, Duration? FirstAt, ulong Seed, string Stream);
