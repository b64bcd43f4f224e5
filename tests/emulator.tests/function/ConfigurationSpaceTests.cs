using Pcie.Card.Function;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Link;

namespace Pcie.Emulator.Tests.Function;

public sealed class ConfigurationSpaceTests
{
    private readonly FakeDevice device = new();
    private readonly FakeHost host;

    public ConfigurationSpaceTests() => host = new FakeHost(device);

    [Fact]
    public void HeaderShowsTheIdentity()
    {
        Assert.Equal(0x0123FDA0u, host.ConfigRead(ConfigOffset.Id));
        Assert.Equal(0x11800007u, host.ConfigRead(ConfigOffset.ClassRevision));
        Assert.Equal(0x0456FDA1u, host.ConfigRead(ConfigOffset.Subsystem));
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.HeaderType) >> 16 & 0xFF);
        Assert.Equal(0x00100000u, host.ConfigRead(ConfigOffset.CommandStatus));
        Assert.Equal(ConfigOffset.PowerManagement, host.ConfigRead(ConfigOffset.CapabilitiesPointer));
    }

    [Theory]
    [InlineData(0, FakeDevice.Bar0Size)]
    [InlineData(1, 0)]
    [InlineData(2, FakeDevice.Bar1Size)]
    [InlineData(3, 0)]
    [InlineData(5, 0)]
    public void AllOnesWrittenToABarReadBackAsItsSize(int bar, uint size)
    {
        var offset = ConfigOffset.Bar0 + 4 * (uint)bar;
        host.ConfigWrite(offset, uint.MaxValue);
        Assert.Equal(size == 0 ? 0 : ~(size - 1), host.ConfigRead(offset));
    }

    [Theory]
    [InlineData(0, 0x01, 0x05, 0x10)]
    [InlineData(8, 0x01, 0x05, 0x11, 0x10)]
    public void TheListLeadsToEveryCapabilityOnceAndEnds(int msixEntries, params int[] expected)
    {
        // 7.5.1.1.11: Power Management, MSI, MSI-X, PCI Express.
        var card = new FakeHost(new FakeDevice(msixEntries: msixEntries));
        var found = new List<int>();
        for (var at = card.ConfigRead(ConfigOffset.CapabilitiesPointer); at != 0 && found.Count < 48;)
        {
            var capability = card.ConfigRead(at);
            found.Add((int)(capability & 0xFF));
            at = capability >> 8 & 0xFF;
        }
        Assert.Equal(expected, found);
    }

    [Fact]
    public void CommandKeepsOnlyTheBitsThatAPciExpressFunctionHas()
    {
        host.ConfigWrite(ConfigOffset.CommandStatus, 0xFFFF, count: 2);
        Assert.Equal(0x0546u, host.ConfigRead(ConfigOffset.CommandStatus) & 0xFFFF);
    }

    [Fact]
    public void ByteWritesChangeTheirByteOnly()
    {
        host.ConfigWrite(ConfigOffset.Interrupt, 0xFFFF_FF0B, at: 0, count: 1);
        Assert.Equal(0x0Bu, host.ConfigRead(ConfigOffset.Interrupt));
        host.ConfigWrite(ConfigOffset.Bar0 + 8, 0xFFFF_FFFF);
        host.ConfigWrite(ConfigOffset.Bar0 + 8, 0, at: 3, count: 1);
        Assert.Equal(0x00FF_0000u, host.ConfigRead(ConfigOffset.Bar0 + 8));
    }

    [Fact]
    public void WhereNothingIsConfigurationSpaceReadsAsZero()
    {
        for (var offset = ConfigOffset.HeaderLog + 0x10; offset < ConfigOffset.Size; offset += 4)
            Assert.Equal(0u, host.ConfigRead(offset));
    }

    [Theory]
    [InlineData(TlpKind.ConfigRead, 0x1000ul, 4)]
    [InlineData(TlpKind.ConfigWrite, 0x1000ul, 4)]
    [InlineData(TlpKind.ConfigRead, 0xFFCul, 8)]
    [InlineData(TlpKind.ConfigWrite, 0x04ul, 8)]
    [InlineData(TlpKind.ConfigRead, ulong.MaxValue - 3, 4)]
    public void RequestsOutsideOrLongerThanADwAreUnsupported(TlpKind kind, ulong address, int length)
    {
        var before = host.ConfigRead(ConfigOffset.CommandStatus);
        var request = Tlp.Request(kind, address, length);
        var completion =
            host.Request(request, kind == TlpKind.ConfigWrite ? [.. Enumerable.Repeat((byte)0xFF, length)] : [])!.Value;
        Assert.Equal(CompletionStatus.UnsupportedRequest, completion.Tlp.Status);
        Assert.Equal(1ul, host.Function.Counters.BadConfigRequests);
        Assert.Equal(before, host.ConfigRead(ConfigOffset.CommandStatus));
    }

    [Fact]
    public void ResetReturnsToPowerOnStateAndResetsTheDevice()
    {
        host.Enable().EnableMsi(3);
        host.Function.LinkWentDown(new LinkDown(LinkDownReason.PeerGone, "gone"));
        Assert.Equal(0x00100000u, host.ConfigRead(ConfigOffset.CommandStatus));
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.Bar0));
        Assert.Equal(0, host.Function.GrantedMessages);
        Assert.Equal(1, device.Resets);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    [InlineData(64)]
    public void ACardThatAsksForAnImpossibleNumberOfMessagesIsRefused(int messages) =>
        Assert.Throws<ArgumentException>(() => new FakeHost(new FakeDevice(messages)));
}
