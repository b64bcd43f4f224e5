using System.Numerics;

namespace Pcie.Workers.Grains.Messages;

/// <summary>Where the units of a campaign are: 64 neighbouring seeds of a content are a block, wherever a campaign's seeds begin.</summary>
public static class BlockRange
{
    public const int Seeds = 64;

    /// <summary>Blocks of a row, at the most.</summary>
    public static int CountOf(int seeds) => (seeds + Seeds - 1) / Seeds + 1;

    /// <summary>Seeds of the row's block of this number that are the campaign's, a bit each.</summary>
    public static ulong MaskOf(ulong firstSeed, int seeds, ulong block)
    {
        var (from, to) = (block * Seeds, block * Seeds + Seeds);
        var (first, end) = (Math.Max(from, firstSeed), Math.Min(to, firstSeed + (ulong)seeds));
        return first >= end ? 0 : ulong.MaxValue >> (int)(Seeds - (end - first)) << (int)(first - from);
    }

    /// <summary>The lowest bits of a mask.</summary>
    public static ulong Lowest(ulong mask, int count)
    {
        var taken = 0UL;
        for (; count > 0 && mask != 0; count--)
        {
            taken |= mask & (0 - mask);
            mask &= mask - 1;
        }
        return taken;
    }

    /// <summary>The seeds of a mask.</summary>
    public static IEnumerable<ulong> SeedsOf(ulong block, ulong mask)
    {
        for (; mask != 0; mask &= mask - 1) yield return block * Seeds + (ulong)BitOperations.TrailingZeroCount(mask);
    }

    public static string KeyOf(string content, ulong block) => $"{content}/{block}";
}
