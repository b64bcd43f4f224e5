using System.Numerics;
using System.Runtime.CompilerServices;

namespace Pcie.Randomness;

/// <summary>The state of a generator xoshiro256**: 32 bytes, not all of them zero.</summary>
internal struct Xoshiro(ulong s0, ulong s1, ulong s2, ulong s3)
{
    private ulong s0 = s0, s1 = s1, s2 = s2, s3 = s3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong Next()
    {
        var result = BitOperations.RotateLeft(s1 * 5, 7) * 9;
        var t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = BitOperations.RotateLeft(s3, 45);
        return result;
    }
}
