using Pcie.Emulator.Device;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fidelity;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;

namespace Pcie.Emulator.Tests.Function;

/// <summary>PCI Express Base Specification 7.5.1.2.1: types, sizing and relocation of BARs.</summary>
public sealed class BarTests
{
    private const uint Bar = ConfigOffset.Bar0;

    [Theory]
    [Divergence("Size")]
    [InlineData(16u)]
    [InlineData(4096u)]
    [InlineData(1u << 20)]
    [InlineData(1u << 31)]
    public void EveryTypeOfBarReadsBackAsItsSizeAndType(uint size)
    {
        foreach (var is64Bit in new[] { false, true })
            foreach (var isPrefetchable in new[] { false, true })
            {
                var host = HostOf([new BarRequest(size, is64Bit, isPrefetchable)]);
                host.ConfigWrite(Bar, uint.MaxValue);
                host.ConfigWrite(Bar + 4, uint.MaxValue);
                Assert.Equal(~(size - 1) | (is64Bit ? 4u : 0) | (isPrefetchable ? 8u : 0), host.ConfigRead(Bar));
                Assert.Equal(is64Bit ? uint.MaxValue : 0, host.ConfigRead(Bar + 4));
            }
    }

    [Fact]
    public void A64BitBarDecodesAll64Bits()
    {
        var host = HostOf([new BarRequest(4096, Is64Bit: true)]);
        host.ConfigWrite(Bar, 0xFFFF_F000);
        host.ConfigWrite(Bar + 4, 0x12);
        host.ConfigWrite(ConfigOffset.CommandStatus, 2, count: 2);
        Assert.True(Answers(host, 0x12_FFFF_F000));
        Assert.True(Answers(host, 0x12_FFFF_FFFC));
        Assert.False(Answers(host, 0x13_0000_0000));
        Assert.False(Answers(host, 0xFFFF_F000));
    }

    [Fact]
    public void ABarThatIsMovedWhileItDecodesAnswersAtOnceAtTheNewAddressAndNoLongerAtTheOld()
    {
        var host = new FakeHost(new FakeDevice()).Enable();
        host.ConfigWrite(Bar, 0xD000_0000);
        Assert.True(Answers(host, 0xD000_0000));
        Assert.False(Answers(host, FakeHost.BarBase));
    }

    // Moved while decoding is off, as software is to do it: it answers at no address between.
    [Fact]
    public void ABarThatIsMovedWhileDecodingIsOffAnswersWhereItIsWhenDecodingIsOnAgain()
    {
        var host = HostOf([new BarRequest(4096, Is64Bit: true)]);
        host.ConfigWrite(Bar, 0x5000_0000);
        host.ConfigWrite(Bar + 4, 1);
        host.ConfigWrite(ConfigOffset.CommandStatus, 2, count: 2);
        Assert.True(Answers(host, 0x1_5000_0000));
        host.ConfigWrite(ConfigOffset.CommandStatus, 0, count: 2);
        host.ConfigWrite(Bar, uint.MaxValue);
        host.ConfigWrite(Bar + 4, uint.MaxValue);
        Assert.Equal(0xFFFF_F004u, host.ConfigRead(Bar));
        host.ConfigWrite(Bar, 0x6000_0000);
        host.ConfigWrite(Bar + 4, 2);
        Assert.False(Answers(host, 0x2_6000_0000));
        host.ConfigWrite(ConfigOffset.CommandStatus, 2, count: 2);
        Assert.True(Answers(host, 0x2_6000_0000));
        Assert.False(Answers(host, 0x1_5000_0000));
    }

    [Fact]
    public void A64BitBarThatIsMovedWhileItDecodesAnswersInBetweenAtOneNewAndOneOldHalf()
    {
        var host = HostOf([new BarRequest(4096, Is64Bit: true)]);
        host.ConfigWrite(ConfigOffset.CommandStatus, 2, count: 2);
        host.ConfigWrite(Bar, 0x5000_0000);
        host.ConfigWrite(Bar + 4, 1);
        host.ConfigWrite(Bar, 0x6000_0000);
        Assert.True(Answers(host, 0x1_6000_0000));
        host.ConfigWrite(Bar + 4, 2);
        Assert.True(Answers(host, 0x2_6000_0000));
        Assert.False(Answers(host, 0x1_6000_0000));
    }

    [Fact]
    [Divergence("Two BARs at the same address")]
    public void WhereTwoBarsLieTheLowerNumberAnswers()
    {
        var device = new FakeDevice();
        var host = new FakeHost(device).Enable();
        host.ConfigWrite(Bar + 8, (uint)FakeHost.BarBase);
        host.Read(0);
        Assert.Equal(0, Assert.Single(device.Reads).Bar);
    }

    // 7.5.1.2: six, of which a 64-bit one takes two.
    [Fact]
    [Divergence("Size")]
    public void BarsThatNoHeaderHasRoomForAreRefused()
    {
        var wide = new BarRequest(4096, Is64Bit: true);
        Refused(wide, 4096u);
        Refused(0, 0, 0, 0, 0, wide);
        Refused(0, 0, 0, 0, 0, 0, 4096u);
        Refused(24u);
        Refused(8u);

        static void Refused(params BarRequest[] bars) => Assert.Throws<ArgumentException>(() => HostOf(bars));
    }

    // 7.7.2.3: the table's BIR.
    [Fact]
    public void TheTableOfMsixHasTheFirstBarThatTheDeviceLeavesFree()
    {
        Assert.Equal(1u, TableBar(4096u));
        Assert.Equal(2u, TableBar(new BarRequest(4096, Is64Bit: true)));
        Assert.Equal(5u, TableBar(4096u, 0, 16u, new BarRequest(4096, Is64Bit: true)));
        Assert.Throws<ArgumentException>(() => TableBar(16u, 16u, 16u, 16u, 16u, 16u));

        static uint TableBar(params BarRequest[] bars) =>
            HostOf(bars, msixEntries: 1).ConfigRead(ConfigOffset.MsixTable) & 7;
    }

    private static bool Answers(FakeHost host, ulong address) =>
        host.Request(Tlp.Request(TlpKind.MemoryRead, address, 4))!.Value.Tlp.Status == CompletionStatus.Successful;

    private static FakeHost HostOf(BarRequest[] bars, int msixEntries = 0) => new(
        new DeviceIdentity
        {
            Name = "bars", VendorId = 0xFDA0, DeviceId = 1, ClassCode = 0xFF0000, SubsystemVendorId = 0, SubsystemId = 0,
            Bars = bars, MsixEntries = msixEntries,
        },
        _ => new Device());

    private sealed class Device : IDevice
    {
        public uint ReadBar(int bar, uint offset, byte byteEnables) => 0;

        public void WriteBar(int bar, uint offset, uint value, byte byteEnables)
        {
        }

        public void Reset()
        {
        }
    }
}
