using System.Buffers;
using System.IO.Compression;
using Pcie.Campaign.Units;

namespace Pcie.Workers.Grains.Messages;

/// <summary>What a unit came to, as it is stored.</summary>
/// <param name="Packed">The outcome's JSON, compressed by Brotli.</param>
/// <param name="Worker">Who ran it.</param>
[GenerateSerializer, Immutable, Alias("recorded-unit")]
public sealed record RecordedUnit([property: Id(0)] ulong Seed, [property: Id(1)] string Digest, [property: Id(2)] byte[] Packed,
    [property: Id(3)] string Worker)
{
    private const int LargestOutcome = 1 << 20;

    public static RecordedUnit Of(UnitOutcome outcome, string worker)
    {
        var json = outcome.ToJson();
        var packed = new byte[BrotliEncoder.GetMaxCompressedLength(json.Length)];
        if (!BrotliEncoder.TryCompress(json, packed, out var length, quality: 4, window: 16)) throw new InvalidOperationException("Brotli is full.");
        return new RecordedUnit(outcome.Seed, outcome.Digest, packed[..length], worker);
    }

    /// <exception cref="FormatException">It is no outcome of this seed and digest.</exception>
    public UnitOutcome Unpack()
    {
        var json = ArrayPool<byte>.Shared.Rent(LargestOutcome);
        try
        {
            if (!BrotliDecoder.TryDecompress(Packed, json, out var length))
                throw new FormatException($"the result of seed {Seed} cannot be unpacked");
            var outcome = UnitOutcome.Parse(json.AsMemory(0, length));
            return outcome.Seed == Seed && outcome.Digest == Digest ? outcome
                : throw new FormatException($"the result of seed {outcome.Seed} is where that of seed {Seed} should be");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(json);
        }
    }
}

/// <summary>A unit that two workers do not agree on.</summary>
/// <param name="Known">What was recorded first.</param>
[GenerateSerializer, Immutable, Alias("contradiction")]
public sealed record Contradiction([property: Id(0)] RecordedUnit Known, [property: Id(1)] RecordedUnit Other);
