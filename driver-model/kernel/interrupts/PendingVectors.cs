using System.Numerics;

namespace Pcie.DriverModel.Kernel.Interrupts;

/// <summary>
/// The interrupt request register of a local APIC: one bit a vector, so that any number of messages of one vector is remembered once.
/// </summary>
internal struct PendingVectors
{
    private ulong bits0, bits1, bits2, bits3;

    /// <summary>The highest vector requested; -1 for none. Its priority class decides whether it can be delivered.</summary>
    public readonly int Highest =>
        bits3 != 0 ? 255 - BitOperations.LeadingZeroCount(bits3)
        : bits2 != 0 ? 191 - BitOperations.LeadingZeroCount(bits2)
        : bits1 != 0 ? 127 - BitOperations.LeadingZeroCount(bits1)
        : 63 - BitOperations.LeadingZeroCount(bits0);

    /// <returns>False if it was requested already.</returns>
    public bool Set(byte vector)
    {
        ref var word = ref Word(ref this, vector);
        var bit = 1UL << (vector & 63);
        if ((word & bit) != 0) return false;
        word |= bit;
        return true;
    }

    public void Clear(byte vector) => Word(ref this, vector) &= ~(1UL << (vector & 63));

    private static ref ulong Word(ref PendingVectors p, byte vector)
    {
        switch (vector >> 6)
        {
            case 0: return ref p.bits0;
            case 1: return ref p.bits1;
            case 2: return ref p.bits2;
            default: return ref p.bits3;
        }
    }
}
