using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Pcie.Randomness;

/// <summary>
/// A named stream of random numbers. What it yields follows from the run's seed and its name alone, so one source more in a scenario
/// does not change what the others draw. Not for secrets.
/// </summary>
/// <remarks>
/// The generator is xoshiro256** by D. Blackman and S. Vigna, seeded by splitmix64. No draw allocates. One thread only.
/// </remarks>
public sealed class RandomStream
{
    private Xoshiro state;

    /// <param name="seed">The run's.</param>
    /// <param name="name">Unlike any other stream's of the run, for instance <c>host.interference.network.interval</c>.</param>
    public RandomStream(ulong seed, string name)
    {
        var mix = Finalise(seed) ^ Fnv1a(name);
        state = new Xoshiro(SplitMix(ref mix), SplitMix(ref mix), SplitMix(ref mix), SplitMix(ref mix));
    }

    internal RandomStream(ulong s0, ulong s1, ulong s2, ulong s3) => state = new Xoshiro(s0, s1, s2, s3);

    /// <summary>Where it is: who takes many numbers keeps it in registers meanwhile, and puts it back.</summary>
    internal ref Xoshiro State => ref state;

    /// <summary>64 random bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong NextUInt64() => state.Next();

    /// <summary>Uniform in [0, 1): a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => UnitInterval(NextUInt64());

    /// <summary>Uniform in (0, 1): an odd multiple of 2⁻⁵³, so neither end can come out and its logarithm is finite.</summary>
    public double NextOpenDouble() => UnitInterval(NextUInt64() | 1 << 11);

    /// <summary>Uniform in [0, <paramref name="bound"/>), without bias.</summary>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="bound"/> is not positive.</exception>
    public long NextInt64(long bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        // The high half of a product is the draw; D. Lemire, "Fast random integer generation in an interval" (2019), shows which low
        // halves would favour some results and are drawn again.
        var high = Math.BigMul(NextUInt64(), (ulong)bound, out var low);
        if (low < (ulong)bound)
        {
            var threshold = (0 - (ulong)bound) % (ulong)bound;
            while (low < threshold) high = Math.BigMul(NextUInt64(), (ulong)bound, out low);
        }
        return (long)high;
    }

    /// <summary>Fills with random bytes: <see cref="NextUInt64"/> in little-endian order, the last one cut where the span ends.</summary>
    public void Fill(Span<byte> bytes)
    {
        while (bytes.Length >= sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, NextUInt64());
            bytes = bytes[sizeof(ulong)..];
        }
        if (bytes.IsEmpty) return;
        Span<byte> last = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(last, NextUInt64());
        last[..bytes.Length].CopyTo(bytes);
    }

    // The upper 53 bits. As a signed number: that is one instruction to convert, an unsigned one several.
    internal static double UnitInterval(ulong bits) => (long)(bits >> 11) * (1.0 / (1L << 53));

    private static ulong Fnv1a(string name)
    {
        var hash = 0xCBF29CE484222325;
        foreach (var b in Encoding.UTF8.GetBytes(name)) hash = (hash ^ b) * 0x100000001B3;
        return hash;
    }

    private static ulong SplitMix(ref ulong state) => Finalise(state += 0x9E3779B97F4A7C15);

    private static ulong Finalise(ulong z)
    {
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
