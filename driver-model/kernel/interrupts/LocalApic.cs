namespace Pcie.DriverModel.Kernel.Interrupts;

/// <summary>One processor's local APIC: the vectors that are requested and not taken yet, each with what its first message brought.</summary>
/// <remarks>Allocates nothing.</remarks>
internal sealed class LocalApic
{
    private readonly InterruptWork[] brought = new InterruptWork[256];
    private PendingVectors requested;

    /// <returns>False if the vector was requested already: what this message brings is dropped.</returns>
    public bool Request(byte vector, InterruptWork work)
    {
        if (!requested.Set(vector)) return false;
        brought[vector] = work;
        return true;
    }

    /// <summary>The highest vector requested, if its level is above the processor's.</summary>
    /// <returns>False if no interrupt can be taken at this level.</returns>
    public bool TryTake(byte irql, out byte vector, out InterruptWork work)
    {
        var highest = requested.Highest;
        if (highest < 0 || Irql.OfVector((byte)highest) <= irql)
        {
            (vector, work) = (0, default);
            return false;
        }
        vector = (byte)highest;
        requested.Clear(vector);
        work = brought[vector];
        return true;
    }
}
