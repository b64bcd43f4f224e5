using System.Buffers.Binary;
using CsCheck;
using Pcie.Emulator.Device;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Tests.Fidelity;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Trace;

namespace Pcie.Emulator.Tests.Function;

/// <summary>
/// PCI Express Base Specification 6.1.4 and 7.7.2: table, masks, pending bits. A message is a memory write, so that is what is
/// looked at:
/// <code>
/// test ── memory requests ──► BAR 3: table, pending bits ──► messages, each to its entry's address with its entry's data
/// </code>
/// </summary>
public sealed class MsixTests
{
    private const uint Bar = 0xFC00_0000;
    private const uint Enable = 0x8000, FunctionMask = 0x4000;
    private const int Entries = 70;

    private readonly FakeDevice device = new(msixEntries: Entries);
    private readonly FakeHost host;

    public MsixTests() => host = Placed(device);

    private List<int> Sent => host.Sent.ConvertAll(s => (int)BinaryPrimitives.ReadUInt32LittleEndian(s.Payload));

    private IEnumerable<int> Pending =>
        Enumerable.Range(0, Entries).Where(entry => (Read(PendingOffset(host) + (uint)entry / 32 * 4) >> entry % 32 & 1) != 0);

    // 7.7.2.2 to 7.7.2.4: Table Size is less one; table and pending bits have a BAR and an offset each.
    [Theory]
    [InlineData(1)]
    [InlineData(8)]
    [InlineData(16)]
    [InlineData(128)]
    [InlineData(129)]
    [InlineData(2048)]
    public void TheCapabilitySaysHowManyEntriesThereAreAndWhereAndTheyFitIntoTheirBar(int entries)
    {
        var large = Placed(new FakeDevice(msixEntries: entries));
        var control = large.ConfigRead(ConfigOffset.MsixControl);
        Assert.Equal((0x11u, ConfigOffset.Express, (uint)entries - 1), (control & 0xFF, control >> 8 & 0xFF, control >> 16));
        var (table, pending) = (large.ConfigRead(ConfigOffset.MsixTable), large.ConfigRead(ConfigOffset.MsixPending));
        Assert.Equal((3u, 3u), (table & 7, pending & 7));
        large.ConfigWrite(ConfigOffset.Bar0 + 12, uint.MaxValue);
        var size = ~large.ConfigRead(ConfigOffset.Bar0 + 12) + 1;
        Assert.True(size >= 4096);
        Assert.True((table & ~7u) + entries * 16 <= (pending & ~7u));
        Assert.True((pending & ~7u) + (entries + 63) / 64 * 8 <= size);
    }

    // 7.7.2.8: the Mask bit is 1 after reset.
    [Fact]
    [Divergence("Address and data of the MSI-X table after reset")]
    public void FromResetEveryEntryIsMaskedAndNothingIsPending()
    {
        for (var entry = 0; entry < Entries; entry++) Assert.Equal([0u, 0, 0, 1], Entry(entry));
        Assert.Empty(Pending);
        Program(enable: true);
        Raise(5);
        host.ConfigWrite(ConfigOffset.DeviceControl, 1 << 15, count: 2);
        Place(host);
        Assert.Equal([0u, 0, 0, 1], Entry(5));
        Assert.Empty(Pending);
    }

    [Fact]
    public void EachEntryHasItsOwnAddressAndData()
    {
        Program(enable: true);
        Mask(0, Entries, 0);
        for (var entry = 0; entry < Entries; entry++) Assert.Equal(MessageOutcome.Sent, Raise(entry));
        Assert.Equal(Enumerable.Range(0, Entries), Sent);
        Assert.Equal(Enumerable.Range(0, Entries).Select(AddressOf), host.Sent.Select(s => s.Tlp.Address));
        Assert.All(host.Sent, s => Assert.Equal((TlpKind.MemoryWrite, 4), (s.Tlp.Kind, s.Payload.Length)));
        Assert.Equal(Entries, host.Port.GrantedMessages);
        Assert.Throws<ArgumentOutOfRangeException>(() => Raise(Entries));
    }

    [Fact]
    public void MaskedEntriesFireOnceWhenUnmasked_ForAnyMasksAndAnyRaises()
    {
        // 6.1.4.5: a pending bit, however often it fired; and the function mask is one more mask for all.
        Gen.Select(Gen.Bool.Array[Entries], Gen.Bool, Gen.Int[0, Entries - 1].Array[0, 200]).Sample(
            (masks, functionMask, raises) =>
            {
                Program(enable: true, functionMask);
                for (var entry = 0; entry < Entries; entry++) Mask(entry, 1, masks[entry] ? 1u : 0);
                host.Sent.Clear();
                var seen = new HashSet<int>();
                foreach (var entry in raises)
                {
                    var held = masks[entry] || functionMask;
                    var expected =
                        !held ? MessageOutcome.Sent : seen.Add(entry) ? MessageOutcome.Pending : MessageOutcome.Collapsed;
                    Assert.Equal(expected, Raise(entry));
                }
                Assert.Equal(raises.Where(entry => !masks[entry] && !functionMask), Sent);
                Assert.Equal(seen.Order(), Pending);
                host.Sent.Clear();
                Control(Enable);
                Assert.Equal(seen.Order().Where(entry => !masks[entry]), Sent);
                Mask(0, Entries, 0);
                Assert.Equal(seen.Order(), Sent.Order());
                Assert.Empty(Pending);
            }, iter: 100, threads: 1);
    }

    [Fact]
    public void UnmaskingAnEntryUnderTheFunctionMaskSendsNothingYet()
    {
        Program(enable: true, functionMask: true);
        Raise(7);
        Mask(7, 1, 0);
        Assert.Empty(host.Sent);
        Control(Enable);
        Assert.Equal([7], Sent);
    }

    [Fact]
    public void WhileMsixAndMsiAreDisabledAMessageIsLost()
    {
        Program(enable: false);
        Mask(0, Entries, 0);
        Assert.Equal(0, host.Port.GrantedMessages);
        Assert.Equal(MessageOutcome.Lost, Raise(0));
        Control(Enable);
        Assert.Empty(host.Sent);
        Assert.Equal(1ul, host.Function.Counters.MessagesLost);
    }

    [Fact]
    public void APendingEntryWaitsForBusMasterEnable()
    {
        Program(enable: true);
        Raise(3);
        host.BusMaster(false);
        Mask(3, 1, 0);
        Assert.Empty(host.Sent);
        Assert.Equal(MessageOutcome.Lost, Raise(4));
        host.BusMaster(true);
        Assert.Equal([3], Sent);
    }

    [Fact]
    [Divergence("MSI and MSI-X both enabled")]
    public void WithMsiAndMsixBothEnabledMessagesAreMsix()
    {
        // 6.1.4: undefined; docs/fidelity.md says what it is here.
        Program(enable: true);
        Mask(0, Entries, 0);
        host.EnableMsi(3);
        Raise(9);
        Assert.Equal(AddressOf(9), Assert.Single(host.Sent).Tlp.Address);
        Control(0);
        Assert.Equal(8, host.Port.GrantedMessages);
        host.Sent.Clear();
        Raise(2);
        Assert.Equal([2], host.Vectors);
    }

    [Fact]
    public void PendingBitsAndWhatIsNeitherTableNorPendingBitsTakeNoWrites()
    {
        Program(enable: true);
        Raise(1);
        var pending = PendingOffset(host);
        Write(pending, uint.MaxValue);
        Write(Entries * 16, uint.MaxValue);
        Write(pending + 16, uint.MaxValue);
        Assert.Equal([1], Pending);
        Assert.Equal((0u, 0u), (Read(Entries * 16), Read(pending + 16)));
        Assert.Empty(device.Writes);
        Assert.Empty(device.Reads);
    }

    [Fact]
    [Divergence("Steering tags, extended message data")]
    public void AnEntryKeepsAnAlignedAddressAllDataAndOneBitOfVectorControl()
    {
        for (var word = 0u; word < 4; word++) Write(32 + 4 * word, uint.MaxValue);
        Assert.Equal([0xFFFF_FFFCu, uint.MaxValue, uint.MaxValue, 1u], Entry(2));
        Assert.Equal([0u, 0, 0, 1], Entry(1));
        Assert.Equal([0u, 0, 0, 1], Entry(3));
    }

    // 6.1.4.2: undefined; docs/fidelity.md says what it is here. The message in between goes to a place that nobody meant.
    [Fact]
    [Divergence("Address or data changed while the message may go")]
    public void AnEntryThatIsChangedWhileItIsUnmaskedCountsAsItIsAtEachMessage()
    {
        Program(enable: true);
        Mask(3, 1, 0);
        Write(3 * 16 + 4, 0x77);
        Raise(3);
        Write(3 * 16, 0xFEE0_5000);
        Write(3 * 16 + 8, 0x55);
        Raise(3);
        Assert.Equal([0x77_0000_0000 | (AddressOf(3) & uint.MaxValue), 0x77_FEE0_5000ul], host.Sent.Select(s => s.Tlp.Address));
        Assert.Equal([3, 0x55], Sent);
    }

    // 7.7.2: undefined; docs/fidelity.md says what it is here.
    [Fact]
    [Divergence("Access to table and pending bits other than of an aligned DW or QW")]
    public void BytesOfAnEntryAreWrittenByTheirEnablesAndABurstIsAborted()
    {
        host.Request(Tlp.Request(TlpKind.MemoryWrite, Bar + 16 + 1, 2), 0xAA, 0xBB, 0xCC, 0xDD);
        Assert.Equal([0x00CC_BB00u, 0, 0, 1], Entry(1));
        var burst = host.Request(Tlp.Request(TlpKind.MemoryRead, Bar, 16))!.Value;
        Assert.Equal(CompletionStatus.CompleterAbort, burst.Tlp.Status);
        host.Request(Tlp.Request(TlpKind.MemoryWrite, Bar, 16), new byte[16]);
        Assert.Equal([0u, 0, 0, 1], Entry(0));
    }

    [Fact]
    public void AnEntryIsWrittenByQwAsByDw()
    {
        host.Request(Tlp.Request(TlpKind.MemoryWrite, Bar + 16, 8), 0, 0x10, 0xE0, 0xFE, 1, 0, 0, 0);
        host.Request(Tlp.Request(TlpKind.MemoryWrite, Bar + 24, 8), 0x42, 0, 0, 0, 0, 0, 0, 0);
        Assert.Equal([0xFEE0_1000u, 1, 0x42, 0], Entry(1));
    }

    // 7.5.1.1.3: the table cannot be reached, and what it says goes on being so.
    [Fact]
    public void AMessageLeavesThoughMemorySpaceIsOff()
    {
        Program(enable: true);
        Mask(0, 1, 0);
        host.ConfigWrite(ConfigOffset.CommandStatus, 4, count: 2);
        Assert.Equal(MessageOutcome.Sent, Raise(0));
        Assert.Equal([0], Sent);
    }

    // 7.5.1.1.3.
    [Fact]
    public void TheTableObeysMemorySpaceEnable()
    {
        host.ConfigWrite(ConfigOffset.CommandStatus, 4, count: 2);
        var answer = host.Request(Tlp.Request(TlpKind.MemoryRead, Bar, 4))!.Value;
        Assert.Equal(CompletionStatus.UnsupportedRequest, answer.Tlp.Status);
    }

    [Fact]
    public void TheDeviceHearsOfEnableAndFunctionMask()
    {
        var before = device.MessageChanges;
        Control(Enable | FunctionMask);
        Control(Enable | FunctionMask);
        Control(Enable);
        Assert.Equal(before + 2, device.MessageChanges);
    }

    [Fact]
    public void AMessageIsTracedWithItsEntryAndAddress()
    {
        Program(enable: true);
        Mask(6, 1, 0);
        Raise(6);
        var traced = Assert.Single(host.Traced(TraceKind.InterruptSent));
        Assert.Equal((6L, (long)AddressOf(6)), (traced.A, traced.B));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(2049)]
    public void ATableOfAnImpossibleSizeIsRefused(int entries) =>
        Assert.Throws<ArgumentException>(() => new FakeHost(new FakeDevice(msixEntries: entries)));

    private static ulong AddressOf(int entry) => (ulong)entry << 32 | 0xFEE0_0000u | (uint)entry << 12;

    private static uint PendingOffset(FakeHost host) => host.ConfigRead(ConfigOffset.MsixPending) & ~7u;

    private static FakeHost Placed(FakeDevice device) => Place(new FakeHost(device));

    private static FakeHost Place(FakeHost host)
    {
        host.Enable().ConfigWrite(ConfigOffset.Bar0 + 12, Bar);
        return host;
    }

    private MessageOutcome Raise(int entry) => host.Port.RaiseMessage(entry);

    private void Control(uint value) => host.ConfigWrite(ConfigOffset.MsixControl, value << 16, at: 2, count: 2);

    // Every entry to an address and with data of its own, masked, nothing pending.
    private void Program(bool enable, bool functionMask = false)
    {
        for (var entry = 0; entry < Entries; entry++)
        {
            Write((uint)entry * 16, (uint)AddressOf(entry));
            Write((uint)entry * 16 + 4, (uint)(AddressOf(entry) >> 32));
            Write((uint)entry * 16 + 8, (uint)entry);
        }
        Mask(0, Entries, 1);
        Control((enable ? Enable : 0) | (functionMask ? FunctionMask : 0));
    }

    private void Mask(int first, int count, uint mask)
    {
        for (var entry = first; entry < first + count; entry++) Write((uint)entry * 16 + 12, mask);
    }

    private uint[] Entry(int entry) => [.. Enumerable.Range(0, 4).Select(word => Read((uint)(entry * 16 + word * 4)))];

    private uint Read(uint offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(host.Request(Tlp.Request(TlpKind.MemoryRead, Bar + offset, 4))!.Value.Payload);

    private void Write(uint offset, uint value) =>
        host.Request(Tlp.Request(TlpKind.MemoryWrite, Bar + offset, 4), BitConverter.GetBytes(value));
}
