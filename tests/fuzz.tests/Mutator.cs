using System.Buffers.Binary;
using System.Text;
using Pcie.Randomness;

namespace Pcie.Fuzz.Tests;

/// <summary>Spoils what is valid: flips, cuts, repeats, splices, and puts in numbers that are at the end of a range.</summary>
/// <param name="seed">Of the campaign.</param>
/// <param name="number">The case's.</param>
internal sealed class Mutator(ulong seed, long number)
{
    private const int MostEdits = 6;
    private const int LongestInput = 64 << 10;

    private static readonly ulong[] Extremes =
    [
        0, 1, 3, 4, 0x7F, 0x80, 0xFF, 0xFFC, 0x1000, 0x7FFF, 0xFFFF, 0x1_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFC, 0xFFFF_FFFF,
        0x1_0000_0000, 0x7FFF_FFFF_FFFF_FFFE, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFC, 0xFFFF_FFFF_FFFF_FFFF,
    ];

    private readonly RandomStream random = new(seed + ((ulong)number << 8), "fuzz");

    /// <summary>From 0 to below <paramref name="bound"/>.</summary>
    public int Below(int bound) => (int)random.NextInt64(bound);

    /// <summary>True once in so many times.</summary>
    public bool OneIn(int times) => Below(times) == 0;

    public T Any<T>(IReadOnlyList<T> list) => list[Below(list.Count)];

    /// <summary>An extreme number, one near it, or any.</summary>
    public ulong Number() => Below(4) switch
    {
        0 => random.NextUInt64() >> Below(64),
        1 => Any(Extremes) + (ulong)Below(9) - 4,
        _ => Any(Extremes),
    };

    /// <summary>A sample with some edits, or once in sixteen without.</summary>
    /// <param name="words">What else may be put in; null for numbers as bytes alone.</param>
    public byte[] Spoil(IReadOnlyList<byte[]> samples, IReadOnlyList<byte[]>? words = null)
    {
        var bytes = new List<byte>(Any(samples));
        if (OneIn(16)) return [.. bytes];
        for (var edits = 1 + Below(MostEdits); edits > 0; edits--) Edit(bytes, samples, words);
        if (bytes.Count > LongestInput) bytes.RemoveRange(LongestInput, bytes.Count - LongestInput);
        return [.. bytes];
    }

    private void Edit(List<byte> bytes, IReadOnlyList<byte[]> samples, IReadOnlyList<byte[]>? words)
    {
        var at = Below(bytes.Count + 1);
        var length = Math.Min(Below(OneIn(4) ? 4096 : 16) + 1, bytes.Count - at);
        switch (Below(8))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << Below(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)Number();
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3 when OneIn(4):
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4:
                var again = bytes.GetRange(at, length);
                for (var times = 1 + Below(OneIn(8) ? 64 : 2); times > 0; times--) bytes.InsertRange(at, again);
                break;
            case 5:
                var other = Any(samples);
                var from = Below(other.Length + 1);
                bytes.InsertRange(at, other[from..Math.Min(other.Length, from + 1 + Below(64))]);
                break;
            default:
                var word = words is null || OneIn(8) ? Bytes() : OneIn(2) ? Any(words) : Encoding.ASCII.GetBytes(Digits());
                // In the place of what is there, or besides.
                if (OneIn(2)) bytes.RemoveRange(at, Math.Min(word.Length, bytes.Count - at));
                bytes.InsertRange(at, word);
                break;
        }
    }

    private string Digits() => Below(4) switch
    {
        0 => $"-{Number()}",
        1 => $"0x{Number():X}",
        2 => $"{Number()}.{Number()}",
        _ => $"{Number()}",
    };

    // A protobuf number, or one of 2, 4 or 8 bytes.
    private byte[] Bytes()
    {
        var number = Number();
        var bytes = new byte[10];
        if (OneIn(2))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);
            return bytes[..(2 << Below(3))];
        }
        var length = 0;
        for (; number >= 0x80; number >>= 7) bytes[length++] = (byte)(number | 0x80);
        bytes[length++] = (byte)number;
        return bytes[..length];
    }
}
