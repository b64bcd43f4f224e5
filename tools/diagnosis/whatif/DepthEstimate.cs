using Pcie.Diagnosis.Rates;
using Pcie.Time;

namespace Pcie.Diagnosis.WhatIf;

/// <summary>How often the waits of a machine outlast a DMA buffer.</summary>
/// <param name="Lasts">Slots times the time from chunk to chunk.</param>
/// <param name="Rate">Waits a day that are longer.</param>
public readonly record struct DepthEstimate(int Slots, Duration Lasts, LossRate Rate, DepthBasis Basis);
