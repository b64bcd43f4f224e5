using Pcie.Time;

namespace Pcie.Diagnosis.Facts;

/// <summary>A time in which a chunk lay in host memory and nothing was on its way to fetch it: no message, ISR or DPC waited or ran.</summary>
/// <param name="Chunk">The oldest that waited.</param>
/// <param name="WasLeft">Whether it had been there when the last DPC began, which left it.</param>
/// <param name="Events">Chunks that arrived or were overrun meanwhile.</param>
public readonly record struct QuietWait(SimTime From, SimTime To, long Chunk, bool WasLeft, long Events, QuietEnd End)
{
    public Duration Length => To - From;
}
