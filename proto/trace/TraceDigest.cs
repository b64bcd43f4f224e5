using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pcie.Trace;

/// <summary>
/// A 64-bit digest of a sequence of events: equal sequences give equal digests on every machine, and one changed, missing, added or
/// swapped event almost surely another. Not cryptographic: it tells runs apart, not forgers.
/// </summary>
/// <remarks>Four lanes, one for each 8 bytes of an event, multiply side by side, so that an event costs about one multiplication's latency.</remarks>
public struct TraceDigest
{
    // Odd constants with well-spread bits (the fractional parts of square roots of 2, 3, 5 and 7).
    private const ulong M0 = 0x6A09E667F3BCC909, M1 = 0xBB67AE8584CAA73B, M2 = 0x3C6EF372FE94F82B, M3 = 0xA54FF53A5F1D36F1;

    private ulong lane0 = M1, lane1 = M2, lane2 = M3, lane3 = M0;
    private ulong count = 0;

    public TraceDigest()
    {
    }

    /// <summary>The digest of what was added so far.</summary>
    public readonly ulong Value
    {
        get
        {
            var h = count * M0;
            h = Mix(h ^ lane0) * M1;
            h = Mix(h ^ lane1) * M2;
            h = Mix(h ^ lane2) * M3;
            return Mix(Mix(h ^ lane3) * M0);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(in TraceEvent e)
    {
        count++;
        lane0 = Step(lane0, (ulong)e.Time.Nanoseconds, M0);
        lane1 = Step(lane1, e.What, M1);
        lane2 = Step(lane2, (ulong)e.A, M2);
        lane3 = Step(lane3, (ulong)e.B, M3);
    }

    /// <summary>One digest of both sides' digests. Each side's events are in its own order, so how they interleave does not enter.</summary>
    public static ulong Combine(ulong host, ulong device) =>
        Mix((host * M0) ^ BitOperations.RotateLeft(Mix(device * M1), 32)) * M2;

    private static ulong Step(ulong lane, ulong value, ulong multiplier) =>
        BitOperations.RotateLeft((lane ^ value) * multiplier, 29);

    private static ulong Mix(ulong h)
    {
        h ^= h >> 32;
        return h * M3 ^ h >> 29;
    }
}
