using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fidelity;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;

namespace Pcie.Emulator.Tests.Function;

/// <summary>The type 0 header, the list of capabilities, and configuration requests. PCI Express Base Specification 7.5.1, 7.3.</summary>
public sealed class ConfigurationSpaceTests
{
    private readonly FakeDevice device = new();
    private readonly FakeHost host;

    public ConfigurationSpaceTests() => host = new FakeHost(device);

    // 7.5.1.1.1 to 7.5.1.1.9 and 7.5.1.2.
    [Fact]
    public void HeaderShowsTheIdentity()
    {
        Assert.Equal(0x0123FDA0u, host.ConfigRead(ConfigOffset.Id));
        Assert.Equal(0x11800007u, host.ConfigRead(ConfigOffset.ClassRevision));
        Assert.Equal(0x0456FDA1u, host.ConfigRead(ConfigOffset.Subsystem));
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.HeaderType) >> 16 & 0xFF);
        // Interrupt Pin.
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.Interrupt) >> 8 & 0xFF);
        Assert.Equal(0x00100000u, host.ConfigRead(ConfigOffset.CommandStatus));
        Assert.Equal(ConfigOffset.PowerManagement, host.ConfigRead(ConfigOffset.CapabilitiesPointer));
    }

    // 7.5.1.2.1.
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

    // The table is the specification's, not the declaration's: 7.5.1, 7.5.2.2, 7.5.3.4, 7.5.3.7, 7.7.1, 7.7.2, 7.8.4.
    [Fact]
    [Divergence("Poisoned packets, ECRC, data link errors")]
    public void SoftwareChangesOnlyWhatTheSpecificationLetsItChange()
    {
        Dictionary<uint, uint> writable = new()
        {
            // Memory Space, Bus Master, Parity Error Response, SERR#, Interrupt Disable.
            [ConfigOffset.CommandStatus] = 0x0546,
            // Cache Line Size; BARs above their size; Interrupt Line.
            [ConfigOffset.HeaderType] = 0xFF,
            [ConfigOffset.Bar0] = ~(FakeDevice.Bar0Size - 1),
            [ConfigOffset.Bar0 + 8] = ~(FakeDevice.Bar1Size - 1),
            [ConfigOffset.Bar0 + 12] = ~0xFFFu,
            [ConfigOffset.Interrupt] = 0xFF,
            // MSI: enable, Multiple Message Enable; address, data, one mask bit each for 8 messages.
            [ConfigOffset.MsiControl] = 0x0071_0000,
            [ConfigOffset.MsiAddressLow] = ~3u,
            [ConfigOffset.MsiAddressHigh] = ~0u,
            [ConfigOffset.MsiData] = 0xFFFF,
            [ConfigOffset.MsiMask] = 0xFF,
            // MSI-X: function mask and enable.
            [ConfigOffset.MsixControl] = 0xC000_0000,
            // Reporting enables, Relaxed Ordering, Max_Payload_Size, Extended Tag, No Snoop, Max_Read_Request_Size.
            [ConfigOffset.DeviceControl] = 0x79FF,
            // Read Completion Boundary, Common Clock, Extended Synch.
            [ConfigOffset.LinkControl] = 0x00C8,
            // AER: every error that is there.
            [ConfigOffset.UncorrectableMask] = 0x0015_D010,
            [ConfigOffset.UncorrectableSeverity] = 0x0015_D010,
            [ConfigOffset.CorrectableMask] = 0x0000_31C1,
        };
        var card = new FakeHost(new FakeDevice(msiMessages: 8, msixEntries: 4));
        for (var offset = 0u; offset < ConfigOffset.Size; offset += 4)
        {
            if (offset == ConfigOffset.PowerControl) continue;
            var before = card.ConfigRead(offset);
            // Not Initiate Function Level Reset, which does more than change a bit.
            card.ConfigWrite(offset, offset == ConfigOffset.DeviceControl ? 0xFFFF_7FFF : uint.MaxValue);
            var ones = card.ConfigRead(offset);
            card.ConfigWrite(offset, 0);
            var changed = (before ^ ones) | (ones ^ card.ConfigRead(offset));
            Assert.True(changed == writable.GetValueOrDefault(offset), $"0x{offset:X3}: 0x{changed:X8} can be changed.");
        }
    }

    // 7.5.1.1.3.
    [Fact]
    public void CommandKeepsOnlyTheBitsThatAPciExpressFunctionHas()
    {
        host.ConfigWrite(ConfigOffset.CommandStatus, 0xFFFF, count: 2);
        Assert.Equal(0x0546u, host.ConfigRead(ConfigOffset.CommandStatus) & 0xFFFF);
    }

    // 2.2.5, 2.2.7: byte enables count in configuration requests too.
    [Fact]
    public void ByteWritesChangeTheirByteOnly()
    {
        host.ConfigWrite(ConfigOffset.Interrupt, 0xFFFF_FF0B, at: 0, count: 1);
        Assert.Equal(0x0Bu, host.ConfigRead(ConfigOffset.Interrupt));
        host.ConfigWrite(ConfigOffset.Bar0 + 8, 0xFFFF_FFFF);
        host.ConfigWrite(ConfigOffset.Bar0 + 8, 0, at: 3, count: 1);
        Assert.Equal(0x00FF_0000u, host.ConfigRead(ConfigOffset.Bar0 + 8));
    }

    // 7.5.1: a register that is not there reads as zero; a write of it completes normally.
    [Fact]
    public void WhereNothingIsConfigurationSpaceReadsAsZero()
    {
        for (var offset = ConfigOffset.HeaderLog + 0x10; offset < ConfigOffset.Size; offset += 4)
            Assert.Equal(0u, host.ConfigRead(offset));
    }

    // 2.3.1: unsupported request; 2.2.7: a configuration request is of one DW.
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

    // 6.6.1: conventional reset.
    [Fact]
    public void ResetReturnsToPowerOnStateAndResetsTheDevice()
    {
        host.Enable().EnableMsi(3);
        host.Function.LinkWentDown(new LinkDown(LinkDownReason.PeerGone, "gone"));
        Assert.Equal(0x00100000u, host.ConfigRead(ConfigOffset.CommandStatus));
        Assert.Equal(0u, host.ConfigRead(ConfigOffset.Bar0));
        Assert.Equal(0, host.Port.GrantedMessages);
        Assert.Equal(1, device.Resets);
    }

    // 7.7.1.2: Multiple Message Capable, 1 to 32 in powers of two.
    [Theory]
    [InlineData(3)]
    [InlineData(0)]
    [InlineData(64)]
    public void ACardThatAsksForAnImpossibleNumberOfMessagesIsRefused(int messages) =>
        Assert.Throws<ArgumentException>(() => new FakeHost(new FakeDevice(messages)));
}
