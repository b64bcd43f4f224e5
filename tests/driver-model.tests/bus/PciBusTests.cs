using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Pci.Messages;

namespace Pcie.DriverModel.Tests.Bus;

/// <summary>
/// Enumeration: BARs sized and placed (PCI Express Base Specification 7.5.1.2.1), capabilities found (7.5.1.1.11), messages granted and programmed
/// (7.7.1, 7.7.2).
/// </summary>
public sealed class PciBusTests
{
    private const int Msi = 0x50, Msix = 0x70;
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
    public void AsManyAsPossibleIsAPowerOfTwoUpToWhatTheDeviceAsksAndTheMachineHas(int log2Asked, int atMost, int granted)
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
        Run(bus => bus.EnableMessages(resources, 0x64, [1, 3]));
        // One address for all messages: the first processor.
        Assert.Equal(0xFEE0_1000u, Device.Get32(Msi + 4));
        if (is64Bit) Assert.Equal(0u, Device.Get32(Msi + 8));
        Assert.Equal(0x64u, Device.Get32(Msi + (is64Bit ? 0xC : 8)) & 0xFFFF);
        if (masks) Assert.Equal(0u, Device.Get32(Msi + (is64Bit ? 0x10 : 0xC)));
        Assert.Equal(2u << 4 | 1, Device.Get32(Msi) >> 16 & 0x71);

        Run(bus => bus.DisableMessages(resources));
        Assert.Equal(2u << 4, Device.Get32(Msi) >> 16 & 0x71);
    }

    // WDK, Introduction to Message-Signaled Interrupts: all that were asked for, or exactly one.
    [Fact]
    public void AllOrOneIsEitherAllThatTheDeviceAsksForOrOne_ForEveryNumber()
    {
        for (var log2Asked = 0; log2Asked <= 5; log2Asked++)
            for (var atMost = 1; atMost <= 32; atMost++)
            {
                var machine = new Fixtures.Host();
                machine.Device.AddMsi(Msi, log2Asked);
                var granted = Enumerate(machine, atMost, rule: GrantRule.AllOrOne).MessagesGranted;
                Assert.Equal(1 << log2Asked <= atMost ? 1 << log2Asked : 1, granted);
            }
    }

    [Theory]
    [InlineData(MessageKind.Msi, true, true, MessageKind.Msi, Msi)]
    [InlineData(MessageKind.MsiX, true, true, MessageKind.MsiX, Msix)]
    [InlineData(MessageKind.Msi, false, true, MessageKind.MsiX, Msix)]
    [InlineData(MessageKind.MsiX, true, false, MessageKind.Msi, Msi)]
    public void ThePreferredCapabilityIsUsedOrElseTheOther(MessageKind preferred, bool hasMsi, bool hasMsix, MessageKind used,
        int at)
    {
        Device.AddBar(0, 4096);
        if (hasMsi) Device.AddMsi(Msi, 3, next: hasMsix ? Msix : 0);
        if (hasMsix) Device.AddMsix(Msix, 6, bar: 0);
        if (!hasMsi) Device.Config[0x34] = Msix;
        var resources = Enumerate(preferred: preferred);
        Assert.Equal((used, at), (resources.Messages, resources.MessageCapability));
    }

    // WDK, Dynamically Configuring MSI-X: a table entry beyond the messages allocated is assigned message 0. 6.1.4.2: the function mask meanwhile.
    [Fact]
    public void EveryEntryOfMsixIsProgrammedAndThoseBeyondTheGrantAreMessageZero_ForEveryGrant()
    {
        const int Entries = 6;
        foreach (var rule in new[] { GrantRule.AllOrOne, GrantRule.AsManyAsPossible })
            for (var atMost = 1; atMost <= Entries + 1; atMost++)
            {
                var machine = new Fixtures.Host();
                machine.Device.AddBar(0, 4096);
                machine.Device.AddBar(2, 4096);
                machine.Device.AddMsix(Msix, Entries, bar: 2, table: 0x100);
                var controls = new List<uint>();
                machine.Device.Writes = (address, value) =>
                {
                    machine.Device.Memory[address] = value;
                    controls.Add(machine.Device.Get32(Msix) >> 30);
                };
                var resources = Enumerate(machine, atMost, MessageKind.MsiX, rule);
                var granted = atMost >= Entries ? Entries : rule == GrantRule.AllOrOne ? 1 : atMost;
                Assert.Equal((Entries, granted, Entries),
                    (resources.MessagesAsked, resources.MessagesGranted, resources.Vectors));
                machine.Run(async () =>
                {
                    await new PciBus(machine.Root, MessageKind.MsiX, rule, atMost, new RequestSizes()).EnableMessages(resources, 0x64, [1, 3]);
                    return true;
                });
                // Entries are written while enabled under the function mask.
                Assert.Equal(Enumerable.Repeat(3u, 4 * Entries), controls);
                Assert.Equal(2u, machine.Device.Get32(Msix) >> 30);
                for (var entry = 0; entry < Entries; entry++)
                {
                    var at = resources.Bars[2].Address + 0x100 + (ulong)entry * 16;
                    var message = entry < granted ? entry : 0;
                    Assert.Equal([message % 2 == 0 ? 0xFEE0_1000 : 0xFEE0_3000, 0, 0x64u + (uint)message, 0],
                        Enumerable.Range(0, 4).Select(word => machine.Device.Memory[at + 4 * (ulong)word]));
                    Assert.Equal(message, resources.MessageOf(entry));
                }
                machine.Run(async () =>
                {
                    await new PciBus(machine.Root, MessageKind.MsiX, rule, atMost, new RequestSizes()).DisableMessages(resources);
                    return true;
                });
                Assert.Equal(0u, machine.Device.Get32(Msix) >> 31);
            }
    }

    [Fact]
    public void AnMsixTableInNoBarIsRefused()
    {
        Device.AddBar(0, 4096);
        Device.AddMsix(Msix, 4, bar: 3);
        var resources = Enumerate(preferred: MessageKind.MsiX);
        var e = Assert.Throws<DeviceNotUsableException>(() => Run(bus => bus.EnableMessages(resources, 0x64, [0])));
        Assert.Contains("BAR3", e.Message);
    }

    // PCI Express Base Specification 7.5.3.4: no more than either end of the link can take; the rest of Device Control stays.
    [Theory]
    [InlineData(0u, 256, 512, 128, 0u, 2u)]
    [InlineData(1u, 256, 512, 256, 1u, 2u)]
    [InlineData(2u, 256, 512, 256, 1u, 2u)]
    [InlineData(2u, 128, 128, 128, 0u, 0u)]
    [InlineData(2u, 4096, 4096, 512, 2u, 5u)]
    [InlineData(5u, 4096, 1024, 4096, 5u, 3u)]
    [InlineData(7u, 4096, 2048, 4096, 5u, 4u)]
    public void RequestsAreAsLongAsBothTheDeviceAndTheRootPortCanTake(
        uint supported, int rootPort, int readRequest, int payload, uint payloadField, uint readRequestField)
    {
        Device.AddMsi(Msi, 0);
        Device.AddExpress(0x80, supported, next: Msi);
        var sizes = new RequestSizes { RootPortPayload = rootPort, ReadRequest = readRequest };
        var resources = host.Run(() => new PciBus(host.Root, MessageKind.Msi, GrantRule.AllOrOne, 32, sizes).Enumerate());
        Assert.Equal((payload, readRequest), (resources.MaxPayloadSize, resources.MaxReadRequestSize));
        Assert.Equal(0x0810u | payloadField << 5 | readRequestField << 12, Device.Get32(0x88));
    }

    [Fact]
    public void ADeviceWithoutThePciExpressCapabilityIsToldNoSizes()
    {
        Device.AddMsi(Msi, 0);
        var resources = Enumerate();
        Assert.Equal((0, 0), (resources.MaxPayloadSize, resources.MaxReadRequestSize));
    }

    private static (int At, int Asked, int Granted) MsiOf(PciResources r) =>
        (r.MessageCapability, r.MessagesAsked, r.MessagesGranted);

    private PciResources Enumerate(Fixtures.Host? on = null, int atMost = 32, MessageKind preferred = MessageKind.Msi,
        GrantRule rule = GrantRule.AsManyAsPossible)
    {
        on ??= host;
        return on.Run(() => new PciBus(on.Root, preferred, rule, atMost, new RequestSizes()).Enumerate());
    }

    private void Run(Func<PciBus, ValueTask> code) => host.Run(async () =>
    {
        await code(new PciBus(host.Root, MessageKind.Msi, GrantRule.AllOrOne, 32, new RequestSizes()));
        return true;
    });
}
