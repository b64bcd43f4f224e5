using Pcie.Pci;

namespace Pcie.Link.Tests;

public sealed class TlpTests
{
    [Fact]
    public void ByteEnablesAreThoseOfTheBytesAskedFor()
    {
        for (var address = 0; address < 8; address++)
            for (var count = 1; count <= 16; count++)
            {
                var tlp = Tlp.Request(TlpKind.MemoryRead, (ulong)address, count, tag: 9);
                var what = $"{count} bytes at {address}: {tlp}";
                Assert.True(tlp.Address % 4 == 0 && tlp.Length % 4 == 0 && tlp.Tag == 9 && tlp.Kind == TlpKind.MemoryRead, what);
                for (var i = 0; i < tlp.Length; i++)
                {
                    var at = (int)tlp.Address + i;
                    Assert.True(tlp.IsEnabled(i) == (at >= address && at < address + count), $"{what}; byte {i}");
                }
                Assert.True(tlp.FirstByte == (ulong)address, what);
                // No DW too many: the first and the last carry at least one byte each.
                Assert.True(tlp.FirstByteEnables is > 0 and <= 15, what);
                Assert.True(tlp.Length == 4 ? tlp.LastByteEnables == 0 : tlp.LastByteEnables is > 0 and <= 15, what);
            }
    }

    [Fact]
    public void ARequestInTwoPartsMeansTheSameBytes()
    {
        for (var start = 0UL; start < 4; start++)
            for (var count = 1; count < 24; count++)
            {
                var whole = Tlp.Request(TlpKind.MemoryWrite, 0x1000 + start, count);
                Assert.Equal((whole, whole, default), (whole.Before(whole.Length), whole.From(0), whole.From(whole.Length)));
                for (var length = 4; length < whole.Length; length += 4)
                {
                    var (first, rest) = (whole.Before(length), whole.From(length));
                    Assert.Equal((0x1000UL, length, 0x1000UL + (ulong)length, whole.Length - length),
                        (first.Address, first.Length, rest.Address, rest.Length));
                    for (var i = 0; i < whole.Length; i++)
                        Assert.Equal(whole.IsEnabled(i), i < length ? first.IsEnabled(i) : rest.IsEnabled(i - length));
                    Assert.True((first.LastByteEnables == 0) == (first.Length == 4) && (rest.LastByteEnables == 0) == (rest.Length == 4));
                }
            }
    }

    [Fact]
    public void ARequestForNothingIsRefused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Tlp.Request(TlpKind.MemoryRead, 0, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Tlp.Request(TlpKind.MemoryRead, 0, -1));
    }

    [Fact]
    public void OnlyASuccessfulReadIsAnsweredWithData()
    {
        foreach (var kind in new[] { TlpKind.ConfigRead, TlpKind.ConfigWrite, TlpKind.MemoryRead })
            foreach (var status in Enum.GetValues<CompletionStatus>())
            {
                var request = Tlp.Request(kind, 0x1004, 8, tag: 77);
                var completion = Tlp.CompletionOf(request, status);
                var data = status == CompletionStatus.Successful && kind != TlpKind.ConfigWrite;
                Assert.Equal((TlpKind.Completion, status, (ushort)77, data ? 8 : 0),
                    (completion.Kind, completion.Status, completion.Tag, completion.Length));
                Assert.Equal(data, completion.HasPayload);
                Assert.False(completion.IsNonPosted);
            }
    }

    [Theory]
    [InlineData(TlpKind.ConfigRead, false, true)]
    [InlineData(TlpKind.ConfigWrite, true, true)]
    [InlineData(TlpKind.MemoryRead, false, true)]
    [InlineData(TlpKind.MemoryWrite, true, false)]
    public void WritesCarryDataAndAllButMemoryWritesAreAnswered(TlpKind kind, bool payload, bool nonPosted)
    {
        var request = Tlp.Request(kind, 0, 4);
        Assert.Equal((payload, nonPosted), (request.HasPayload, request.IsNonPosted));
    }
}
