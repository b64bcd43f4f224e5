using System.Numerics;

namespace Pcie.DriverModel.Kernel.Interrupts;

/// <summary>
/// One processor's local APIC. Its interrupt request register has one bit a vector, so that any number of messages of one vector is remembered once,
/// with what the first of them brought.
/// </summary>
/// <remarks>Allocates nothing.</remarks>
internal struct LocalApic()
{
    private readonly InterruptWork[] brought = new InterruptWork[256];
    private ulong bits0, bits1, bits2, bits3;

    /// <summary>Whether no vector is requested.</summary>
    public readonly bool IsEmpty => (bits0 | bits1 | bits2 | bits3) == 0;

    // -1 for none.
    private readonly int Highest =>
        bits3 != 0 ? 255 - BitOperations.LeadingZeroCount(bits3)
        : bits2 != 0 ? 191 - BitOperations.LeadingZeroCount(bits2)
        : bits1 != 0 ? 127 - BitOperations.LeadingZeroCount(bits1)
        : 63 - BitOperations.LeadingZeroCount(bits0);

    /// <summary>Whether a vector is requested that an ISR with code is connected to.</summary>
    public readonly bool HasCode(InterruptTable interrupts) =>
        HasCode(interrupts, bits0, 0) || HasCode(interrupts, bits1, 64) || HasCode(interrupts, bits2, 128) || HasCode(interrupts, bits3, 192);

    private static bool HasCode(InterruptTable interrupts, ulong requested, int first)
    {
        for (; requested != 0; requested &= requested - 1)
            if (interrupts.HasCode((byte)(first + BitOperations.TrailingZeroCount(requested)))) return true;
        return false;
    }

    /// <returns>False if the vector was requested already: what this message brings is dropped.</returns>
    public bool Request(byte vector, InterruptWork work)
    {
        ref var word = ref WordOf(ref this, vector);
        var bit = 1UL << (vector & 63);
        if ((word & bit) != 0) return false;
        word |= bit;
        brought[vector] = work;
        return true;
    }

    /// <summary>Takes the highest vector requested, if its level is above the processor's.</summary>
    /// <returns>False if no interrupt can be taken at this level.</returns>
    public bool TryTake(byte irql, out byte vector, out InterruptWork work)
    {
        (vector, work) = (0, default);
        var highest = Highest;
        if (highest < 0 || Irql.OfVector((byte)highest) <= irql) return false;
        vector = (byte)highest;
        WordOf(ref this, vector) &= ~(1UL << (vector & 63));
        work = brought[vector];
        return true;
    }

    private static ref ulong WordOf(ref LocalApic apic, byte vector)
    {
        switch (vector >> 6)
        {
            case 0: return ref apic.bits0;
            case 1: return ref apic.bits1;
            case 2: return ref apic.bits2;
            default: return ref apic.bits3;
        }
    }
}
