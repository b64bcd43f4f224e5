using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Host.Bus;
using Pcie.Link;

namespace Pcie.DriverModel.Tests.Bus;

public sealed class PciBusTests
{
    private const int Msi = 0x50;
    private readonly Fixtures.Host host = new();

    private FakeDevice Device => host.Device;

    [Fact]
    public void BarsAreSizedAndPlacedOnTheirOwnSize()
    {
        Device.AddBar(0, 4 << 10);
        Device.AddBar(1, 1 << 20, is64Bit: true);
        Device.AddBar(4, 16);
        var resources = Enumerate();
        Assert.Equal((0x1234, 2), (resources.VendorId, resources.DeviceId));
        Assert.Equal([4ul << 10, 1 << 20, 0, 0, 16, 0], resources.Bars.Select(b => b.Length));
        Assert.All(resources.Bars.Where(b => b.Length > 0), b => Assert.Equal(0ul, b.Address % b.Length));
        Assert.Equal(resources.Bars[0].Address, Device.Get32(0x10));
        Assert.Equal(resources.Bars[1].Address, (Device.Get32(0x14) & ~0xFul) | (ulong)Device.Get32(0x18) << 32);
        var placed = resources.Bars.Where(b => b.Length > 0).OrderBy(b => b.Address).ToArray();
        Assert.All(placed.Zip(placed.Skip(1)), p => Assert.True(p.First.Address + p.First.Length <= p.Second.Address));
    }

    [Fact]
    public void NothingIsDecodedWhileBarsAreSizedAndMemoryAndMasteringAreOnAfterwards()
    {
        Device.AddBar(0, 4096);
        Device.AddMsi(Msi, 0);
        Device.Set32(0x04, 1u << 20 | 0x6, 0xFFFF);
        var commandsAtSizing = new List<uint>();
        Device.Answers = request =>
        {
            if (request is { Kind: TlpKind.ConfigWrite, Address: 0x10 }) commandsAtSizing.Add(Device.Get32(0x04) & 0x6);
            return CompletionStatus.Successful;
        };
        Enumerate();
        Assert.NotEmpty(commandsAtSizing);
        Assert.All(commandsAtSizing, command => Assert.Equal(0u, command));
        Assert.Equal(0x406u, Device.Get32(0x04) & 0xFFFF);
    }

    [Fact]
    public void IoBarsAreLeftAlone()
    {
        Device.Set32(0x10, 1, 0xFFFF_FFFC);
        Assert.Equal(0ul, Enumerate().Bars[0].Length);
    }

    [Theory]
    [InlineData(0xFFFF_F0F0, 16)]
    [InlineData(0x8000_1000, 4096)]
    public void ASizeMaskWithHolesCountsFromItsLowestBit(uint mask, ulong length)
    {
        Device.Set32(0x10, 0, mask);
        Assert.Equal(length, Enumerate().Bars[0].Length);
    }

    [Fact]
    public void ABarThatDoesNotFitIsRefusedByItsNumber()
    {
        foreach (var (size, is64Bit) in new[] { (1ul << 30, false), (1ul << 32, true), (1ul << 63, true) })
        {
            var tooLarge = new Fixtures.Host();
            tooLarge.Device.AddBar(2, size, is64Bit);
            var e = Assert.Throws<DeviceNotUsableException>(() => Enumerate(tooLarge));
            Assert.Contains($"BAR2 of {size} bytes", e.Message);
        }
    }

    [Fact]
    public void ALastBarThatWouldBeSixtyFourBitsWideIsRefused()
    {
        Device.Set32(0x24, 4, 0xFFFF_F000);
        Assert.Contains("BAR5", Assert.Throws<DeviceNotUsableException>(() => Enumerate()).Message);
    }

    [Fact]
    public void NobodyThereIsSaid()
    {
        Device.Answers = _ => CompletionStatus.UnsupportedRequest;
        Assert.Contains("Nothing answers", Assert.Throws<DeviceNotUsableException>(() => Enumerate()).Message);
    }

    [Fact]
    public void TheMsiCapabilityIsFoundBehindOthers()
    {
        Device.AddMsi(Msi, 2);
        Device.Set32(0x80, (uint)Msi << 8 | 0x01);
        Device.Config[0x34] = 0x80;
        Assert.Equal((Msi, 4, 4), MsiOf(Enumerate()));
    }

    [Fact]
    public void ACapabilityListWithoutEndDoesNotHangTheHost()
    {
        Device.Set32(0x04, 1u << 20, 0xFFFF);
        Device.Config[0x34] = 0x80;
        Device.Set32(0x80, 0x90_01);
        Device.Set32(0x90, 0x80_10);
        Assert.Equal((0, 0, 0), MsiOf(Enumerate()));
    }

    [Fact]
    public void WithoutACapabilityListNoneIsFollowed()
    {
        Device.AddMsi(Msi, 0);
        Device.Set32(0x04, 0, 0xFFFF);
        Assert.Equal((0, 0, 0), MsiOf(Enumerate()));
    }

    [Theory]
    [InlineData(0, 32, 1)]
    [InlineData(5, 32, 32)]
    [InlineData(5, 31, 16)]
    [InlineData(5, 3, 2)]
    [InlineData(5, 1, 1)]
    [InlineData(2, 32, 4)]
    [InlineData(7, 32, 32)]
    public void APowerOfTwoOfMessagesIsGrantedUpToWhatTheDeviceAsksAndTheMachineHas(int log2Asked, int atMost, int granted)
    {
        Device.AddMsi(Msi, log2Asked);
        Assert.Equal(granted, Enumerate(atMost: atMost).MessagesGranted);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void MessagesAreProgrammedUnmaskedAndEnabledInEitherLayout(bool is64Bit, bool masks)
    {
        Device.AddMsi(Msi, 3, is64Bit, masks);
        // What lay there before.
        foreach (var offset in new[] { 4, 8, 0xC, 0x10 }) Device.Set32(Msi + offset, 0xFFFF_FFFF, uint.MaxValue);
        var resources = Enumerate(atMost: 4);
        Run(bus => bus.EnableMessages(resources, 0x64, 1));
        Assert.Equal(0xFEE0_1000u, Device.Get32(Msi + 4));
        if (is64Bit) Assert.Equal(0u, Device.Get32(Msi + 8));
        Assert.Equal(0x64u, Device.Get32(Msi + (is64Bit ? 0xC : 8)) & 0xFFFF);
        if (masks) Assert.Equal(0u, Device.Get32(Msi + (is64Bit ? 0x10 : 0xC)));
        Assert.Equal(2u << 4 | 1, Device.Get32(Msi) >> 16 & 0x71);

        Run(bus => bus.DisableMessages(resources));
        Assert.Equal(2u << 4, Device.Get32(Msi) >> 16 & 0x71);
    }

    private static (int At, int Asked, int Granted) MsiOf(PciResources r) =>
        (r.MsiCapability, r.MessagesAsked, r.MessagesGranted);

    private PciResources Enumerate(Fixtures.Host? on = null, int atMost = 32)
    {
        on ??= host;
        return on.Run(() => new PciBus(on.Root, atMost).Enumerate());
    }

    private void Run(Func<PciBus, ValueTask> code) => host.Run(async () =>
    {
        await code(new PciBus(host.Root, 32));
        return true;
    });
}
