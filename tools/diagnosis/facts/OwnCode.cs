using Pcie.Time;

namespace Pcie.Diagnosis.Facts;

/// <summary>What the driver's own ISRs and DPCs had of the time in which a chunk lay in the DMA buffer, without what interrupted them.</summary>
/// <param name="Since">When the chunk had arrived; if that is not in the trace, when the routine began in which it was destroyed.</param>
/// <param name="Spun">Of the DPC's time, in which it spun for a lock that another processor held.</param>
/// <param name="FailedReads">Reads of the device that were not answered in time meanwhile.</param>
/// <param name="ReadAt">The bus address of the last of these.</param>
public readonly record struct OwnCode(SimTime Since, Duration Isr, Duration Dpc, Duration Spun, long FailedReads, long ReadAt)
{
    /// <summary>Half of the time from <see cref="Since"/> to the end of the chunk or more is to blame for the end.</summary>
    public bool IsMostOf(Duration part, SimTime end) => part > Duration.Zero && 2 * part.Nanoseconds >= (end - Since).Nanoseconds;
}
