using Pcie.Emulator.Device;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fidelity;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Function;

/// <summary>
/// PCI Express Base Specification 6.1.4 and 7.7.1: grant, mask, pending. An MSI is a memory write, so that is what is looked at.
/// </summary>
public sealed class MsiTests
{
    private readonly FakeDevice device = new();
    private readonly FakeHost host;

    public MsiTests() => host = new FakeHost(device).Enable();

    private uint Pending => host.ConfigRead(ConfigOffset.MsiPending);

    [Fact]
    [Divergence("Steering tags, extended message data")]
    public void CapabilityAsksForWhatTheDeviceAsksFor() =>
        Assert.Equal(0x018A0005u | ConfigOffset.Express << 8, host.ConfigRead(ConfigOffset.MsiControl));

    // 7.7.1.2, 7.7.1.5: the function changes as many low bits of the data as its grant allows.
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void EachGrantReplacesTheLowBitsOfTheData(int log2)
    {
        host.EnableMsi();
        host.ConfigWrite(ConfigOffset.MsiData, 0xA5BF);
        host.GrantMsi(log2);
        var granted = 1 << log2;
        Assert.Equal(granted, host.Port.GrantedMessages);
        for (var message = 0; message < granted; message++)
            Assert.Equal(MessageOutcome.Sent, host.Port.RaiseMessage(message));
        Assert.Equal(Enumerable.Range(0, granted).Select(m => (uint)(0xA5BF & ~(granted - 1) | m)), host.Messages);
        Assert.Throws<ArgumentOutOfRangeException>(() => host.Port.RaiseMessage(granted));
    }

    // 6.1.4.5, 7.7.1.7, 7.7.1.8: a pending bit, however often it fired.
    [Fact]
    public void MaskedVectorFiresOnceWhenUnmasked_ForEveryGrantAndMask()
    {
        host.EnableMsi();
        for (var log2 = 0; log2 <= 5; log2++)
        {
            var granted = 1 << log2;
            uint[] masks = [0, 1, 1u << (granted - 1), 0x55555555, 0xAAAAAAAA, 0x0F0F0F0F, uint.MaxValue];
            foreach (var mask in masks)
            {
                host.GrantMsi(log2);
                host.ConfigWrite(ConfigOffset.MsiMask, mask);
                host.Sent.Clear();
                for (var round = 0; round < 3; round++)
                    for (var message = 0; message < granted; message++)
                    {
                        var masked = (mask >> message & 1) != 0;
                        var expected =
                            !masked ? MessageOutcome.Sent : round == 0 ? MessageOutcome.Pending : MessageOutcome.Collapsed;
                        Assert.Equal(expected, host.Port.RaiseMessage(message));
                    }
                var all = uint.MaxValue >> (32 - granted);
                Assert.Equal(mask & all, Pending);
                var unmasked = Enumerable.Range(0, granted).Where(m => (mask >> m & 1) == 0);
                Assert.Equal(unmasked.SelectMany(m => Enumerable.Repeat(m, 3)), host.Vectors.Order());
                host.Sent.Clear();
                host.ConfigWrite(ConfigOffset.MsiMask, 0);
                Assert.Equal(Enumerable.Range(0, granted).Where(m => (mask >> m & 1) != 0), host.Vectors);
                Assert.Equal(0u, Pending);
            }
        }
    }

    [Fact]
    public void UnmaskingOneVectorLeavesTheOthersPending()
    {
        host.EnableMsi(3);
        host.ConfigWrite(ConfigOffset.MsiMask, 0xFF);
        host.Port.RaiseMessage(2);
        host.Port.RaiseMessage(5);
        host.ConfigWrite(ConfigOffset.MsiMask, 0xFF & ~(1u << 5));
        Assert.Equal([5], host.Vectors);
        Assert.Equal(1u << 2, Pending);
    }

    // 7.7.1.8: Pending Bits are read only. 7.7.1.7: there is a mask bit for each message asked for.
    [Fact]
    public void PendingBitsTakeNoWriteAndThereIsNoMaskOfAMessageThatWasNotAskedFor()
    {
        host.EnableMsi();
        host.ConfigWrite(ConfigOffset.MsiPending, uint.MaxValue);
        Assert.Equal(0u, Pending);
        host.ConfigWrite(ConfigOffset.MsiMask, 1);
        host.Port.RaiseMessage(0);
        host.ConfigWrite(ConfigOffset.MsiPending, 0);
        Assert.Equal(1u, Pending);
        var modest = new FakeHost(new FakeDevice(msiMessages: 4));
        modest.ConfigWrite(ConfigOffset.MsiMask, uint.MaxValue);
        Assert.Equal(0xFu, modest.ConfigRead(ConfigOffset.MsiMask));
    }

    // 7.7.1.2: MSI Enable; what is pending meanwhile stays.
    [Fact]
    public void APendingMessageUnmaskedWhileMsiIsDisabledWaitsForIt()
    {
        host.EnableMsi();
        host.ConfigWrite(ConfigOffset.MsiMask, 1);
        host.Port.RaiseMessage(0);
        host.DisableMsi();
        host.ConfigWrite(ConfigOffset.MsiMask, 0);
        Assert.Empty(host.Messages);
        host.GrantMsi(0);
        Assert.Single(host.Messages);
    }

    // 7.5.1.1.3: Memory Space Enable is about what the function answers, not about what it sends.
    [Fact]
    public void AMessageLeavesThoughMemorySpaceIsOff()
    {
        host.EnableMsi();
        host.ConfigWrite(ConfigOffset.CommandStatus, 0x4, count: 2);
        Assert.Equal(MessageOutcome.Sent, host.Port.RaiseMessage(0));
        Assert.Single(host.Messages);
    }

    // 7.7.1.2: without MSI Enable the function must not send messages.
    [Fact]
    public void WhileMsiIsDisabledAMessageIsLost()
    {
        host.EnableMsi();
        host.DisableMsi();
        Assert.Equal(0, host.Port.GrantedMessages);
        Assert.Equal(MessageOutcome.Lost, host.Port.RaiseMessage(0));
        host.GrantMsi(0);
        Assert.Empty(host.Messages);
        Assert.Equal(1ul, host.Function.Counters.MessagesLost);
        var traced = Assert.Single(host.Traced(TraceKind.InterruptMasked));
        Assert.Equal((0L, 0L), (traced.A, traced.B));
    }

    // 7.5.1.1.3: an MSI is a memory write, and needs Bus Master Enable as any.
    [Fact]
    [Divergence("A message raised while Bus Master Enable is off, or in D3hot")]
    public void WithoutBusMasterEnableAMessageIsLost()
    {
        host.EnableMsi();
        host.BusMaster(false);
        Assert.Equal(MessageOutcome.Lost, host.Port.RaiseMessage(0));
        host.BusMaster(true);
        Assert.Empty(host.Messages);
    }

    [Fact]
    [Divergence("A message raised while Bus Master Enable is off, or in D3hot")]
    public void APendingMessageUnmaskedWithoutBusMasterEnableWaitsForIt()
    {
        host.EnableMsi();
        host.ConfigWrite(ConfigOffset.MsiMask, 1);
        host.Port.RaiseMessage(0);
        host.BusMaster(false);
        host.ConfigWrite(ConfigOffset.MsiMask, 0);
        Assert.Empty(host.Messages);
        host.BusMaster(true);
        Assert.Single(host.Messages);
    }

    [Fact]
    public void PendingMessagesWhoseGrantIsWithdrawnAreLostAndCounted()
    {
        host.EnableMsi(2);
        host.ConfigWrite(ConfigOffset.MsiMask, 0xF);
        for (var message = 0; message < 4; message++) host.Port.RaiseMessage(message);
        host.GrantMsi(1);
        Assert.Equal(0x3u, Pending);
        Assert.Equal(2ul, host.Function.Counters.MessagesLost);
    }

    // 7.7.1.2: undefined; docs/fidelity.md says what it is here.
    [Fact]
    [Divergence("Multiple Message Enable above what was asked for")]
    public void MoreGrantedThanAskedForCountsAsAskedFor()
    {
        var modest = new FakeHost(new FakeDevice(msiMessages: 4)).Enable().EnableMsi(5);
        Assert.Equal(4, modest.Port.GrantedMessages);
    }

    [Fact]
    public void TheDeviceHearsOfEveryChangeOfGrantAndEnable()
    {
        var before = device.MessageChanges;
        host.EnableMsi(1);
        Assert.Equal(before + 1, device.MessageChanges);
        host.GrantMsi(1);
        Assert.Equal(before + 1, device.MessageChanges);
        host.BusMaster(false);
        host.DisableMsi();
        Assert.Equal(before + 3, device.MessageChanges);
    }

    [Fact]
    public void ClearingAnErrorInTheStatusRegisterIsNoChangeOfAnEnable()
    {
        host.Request(Tlp.Request(TlpKind.MemoryRead, FakeHost.BarBase, 16));
        var before = device.MessageChanges;
        host.ConfigWrite(ConfigOffset.CommandStatus, 0xFFFF_0000, at: 2, count: 2);
        Assert.Equal(before, device.MessageChanges);
    }

    // 7.7.1.3, 7.7.1.4: a DW-aligned address of 64 bits.
    [Fact]
    public void TheMessageGoesToTheWholeOf64BitsOfAddress()
    {
        host.EnableMsi();
        host.ConfigWrite(ConfigOffset.MsiAddressHigh, 0x12);
        host.ConfigWrite(ConfigOffset.MsiAddressLow, 0xFEE00FFF);
        host.Port.RaiseMessage(0);
        var (tlp, payload) = Assert.Single(host.Sent);
        Assert.Equal(0x12_FEE0_0FFCul, tlp.Address);
        Assert.Equal(4, payload.Length);
        Assert.Equal(0x12_FEE0_0FFCL, Assert.Single(host.Traced(TraceKind.InterruptSent)).B);
    }
}
