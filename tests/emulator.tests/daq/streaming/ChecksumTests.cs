using System.Numerics;
using Pcie.Daq;

namespace Pcie.Emulator.Tests.Daq.Streaming;

public sealed class ChecksumTests
{
    // RFC 3720, appendix B.4.
    [Fact]
    public void AChecksumIsCrc32C()
    {
        Assert.Equal(0x8A9136AAu, ChunkHeader.ChecksumOf(new byte[32]));
        Assert.Equal(0x46DD794Eu, ChunkHeader.ChecksumOf([.. Enumerable.Range(0, 32).Select(i => (byte)i)]));
    }

    // Around the blocks that are reckoned side by side.
    [Fact]
    public void HoweverLongAPayloadIsItsChecksumIsThatOfItsBytesOneByOne()
    {
        var payload = new byte[10_000];
        new Random(1).NextBytes(payload);
        int[] lengths = [.. Enumerable.Range(0, 40), 3071, 3072, 3073, 4096, 6143, 6144, 6145, 9216, 9999, 10_000];

        Assert.All(lengths, length => Assert.Equal(OneByOne(payload.AsSpan(0, length)), ChunkHeader.ChecksumOf(payload.AsSpan(0, length))));
    }

    private static uint OneByOne(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var b in bytes) crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
