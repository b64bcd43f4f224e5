using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Pcie.Time;

namespace Pcie.Link.Sessions;

/// <summary>
/// Of each of a host's devices, the time before which nothing arrives from it that is not on the timeline already. All are looked at whenever one is
/// asked, so that they lie side by side, and are compared four at a time.
/// </summary>
internal sealed class Horizons
{
    // Filled up with such as never say anything.
    private readonly SimTime[] times;
    private readonly uint places;

    public Horizons(int devices)
    {
        times = new SimTime[(devices + Vector256<long>.Count - 1) / Vector256<long>.Count * Vector256<long>.Count];
        times.AsSpan(devices).Fill(SimTime.Never);
        places = (1u << devices) - 1;
    }

    public ref SimTime this[int place] => ref times[place];

    private ReadOnlySpan<Vector256<long>> Vectors => MemoryMarshal.Cast<SimTime, Vector256<long>>(times);

    /// <summary>The two least, which are the same if two devices have it.</summary>
    public (SimTime Least, SimTime Second) Least()
    {
        var (least, second) = (Vector256.Create(long.MaxValue), Vector256.Create(long.MaxValue));
        foreach (var own in Vectors)
        {
            second = Vector256.Min(second, Vector256.Max(least, own));
            least = Vector256.Min(least, own);
        }
        var (one, other) = (least.GetLower(), least.GetUpper());
        var pair = Vector128.Min(one, other);
        var following = Vector128.Min(Vector128.Max(one, other), Vector128.Min(second.GetLower(), second.GetUpper()));
        return (new SimTime(Math.Min(pair[0], pair[1])),
            new SimTime(Math.Min(Math.Max(pair[0], pair[1]), Math.Min(following[0], following[1]))));
    }

    /// <summary>The places, a bit each, of those that are not after a time.</summary>
    public uint NotAfter(SimTime wanted)
    {
        var vectors = Vectors;
        var limit = Vector256.Create(wanted.Nanoseconds);
        var found = 0u;
        for (var i = 0; i < vectors.Length; i++)
            found |= Vector256.LessThanOrEqual(vectors[i], limit).ExtractMostSignificantBits() << (i * Vector256<long>.Count);
        return found & places;
    }
}
