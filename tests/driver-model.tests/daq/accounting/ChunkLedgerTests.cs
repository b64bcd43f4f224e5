using Pcie.Daq;
using Pcie.DriverModel.Daq.Accounting;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Pci.Memory;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Daq.Accounting;

public sealed class ChunkLedgerTests
{
    private const int SlotSize = 128, Slots = 2;
    private static readonly Duration Delay = new(60_000);

    private readonly Machine machine = new();
    private readonly HostMemory memory = new();
    private readonly HostBuffer buffer;
    private readonly ChunkLedger ledger;

    public ChunkLedgerTests()
    {
        buffer = memory.Allocate(SlotSize * Slots);
        ledger = new ChunkLedger(buffer, SlotSize, Slots, machine.Timeline, machine.Tracer);
    }

    [Fact]
    public void AChunkHasArrivedWhenItsHeaderIsThere()
    {
        Mark(0);
        Write(0, ChunkHeader.Size, new byte[64]);
        Assert.Equal((0, 0), (ledger.Arrived, ledger.Waiting));
        Header(0, 5);
        AssertAccount(arrived: 1, copied: 0, overwritten: 0, waiting: 1);
    }

    // A header that is valid in front of its payload, in a write that comes in parts.
    [Fact]
    public void APartThatLeavesTheHeaderAloneIsNoArrival()
    {
        Header(0, 5);
        Write(0, ChunkHeader.Size, new byte[64]);
        AssertAccount(arrived: 1, copied: 0, overwritten: 1, waiting: 0);
        Header(0, 6);
        AssertAccount(arrived: 2, copied: 0, overwritten: 1, waiting: 1);
    }

    [Fact]
    public void ACopiedChunkNoLongerWaitsAndItsTimeIsMeasured()
    {
        Header(1, 5);
        machine.RunTo(7_000);
        ledger.CopyBegan(1);
        machine.RunTo(9_000);
        ledger.CopyEnded(kept: true, Delay);
        AssertAccount(arrived: 1, copied: 1, overwritten: 0, waiting: 0);
        Assert.Equal(new Duration(9_000), ledger.ArrivalToCopy.Max);
        // What is written over it now destroys nothing.
        Header(1, 6);
        AssertAccount(arrived: 2, copied: 1, overwritten: 0, waiting: 1);
    }

    [Fact]
    public void AChunkWrittenOverWhileItWaitsIsOverwritten()
    {
        Header(0, 5);
        machine.RunTo(1_000);
        Mark(0);
        AssertAccount(arrived: 1, copied: 0, overwritten: 1, waiting: 0);
        Header(0, 7);
        AssertAccount(arrived: 2, copied: 0, overwritten: 1, waiting: 1);
        Assert.Equal(new OverrunRecord(5, new SimTime(1_000), null), Assert.Single(ledger.Overruns));
        var e = Assert.Single(machine.Trace, e => e.Kind == TraceKind.Overrun);
        Assert.Equal((5, 0), (e.A, e.B));
    }

    [Fact]
    public void TheNextDpcThatLooksAtTheDataSaysHowLateItWasForAllOverrunBefore()
    {
        foreach (var sequence in new[] { 1, 2, 3 }) Header(0, sequence);
        ledger.DpcBegan(Delay);
        Header(0, 4);
        Assert.Equal([(1, Delay), (2, Delay), (3, null)], ledger.Overruns.Select(o => (o.Sequence, o.IsrToDpc)));
        ledger.DpcBegan(new Duration(1));
        Assert.Equal([Delay, Delay, new Duration(1)], ledger.Overruns.Select(o => o.IsrToDpc));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AChunkDestroyedWhileItIsCopiedIsOverwrittenUnlessTheCopyIsKept(bool kept)
    {
        Header(0, 5);
        ledger.CopyBegan(0);
        Header(0, 7);
        Assert.Equal((2, 2), (ledger.Arrived, ledger.Waiting));
        ledger.CopyEnded(kept, Delay);
        AssertAccount(arrived: 2, copied: kept ? 1 : 0, overwritten: kept ? 0 : 1, waiting: 1);
        Assert.Equal(kept ? 1 : 0, ledger.TornCopies);
        Assert.Equal(kept ? [] : [(5L, (Duration?)Delay)], ledger.Overruns.Select(o => (o.Sequence, o.IsrToDpc)));
        Assert.Equal(0, ledger.ArrivalToCopy.Count);
    }

    [Fact]
    public void AChunkThatComesAndGoesDuringOneCopyIsOverwrittenToo()
    {
        Header(0, 5);
        ledger.CopyBegan(0);
        Header(0, 7);
        Header(0, 9);
        ledger.CopyEnded(kept: false, Delay);
        AssertAccount(arrived: 3, copied: 0, overwritten: 2, waiting: 1);
        Assert.Equal([7, 5], ledger.Overruns.Select(o => o.Sequence));
    }

    [Fact]
    public void AnotherSlotWrittenDuringACopyDoesNotTearIt()
    {
        Header(0, 5);
        Header(1, 6);
        ledger.CopyBegan(0);
        Header(1, 8);
        ledger.CopyEnded(kept: true, Delay);
        AssertAccount(arrived: 3, copied: 1, overwritten: 1, waiting: 1);
        Assert.Equal(0, ledger.TornCopies);
    }

    [Fact]
    public void OneWriteMayCoverSeveralSlots()
    {
        Header(0, 5);
        Header(1, 6);
        Write(0, 0, new byte[SlotSize * Slots]);
        AssertAccount(arrived: 2, copied: 0, overwritten: 2, waiting: 0);
    }

    private void AssertAccount(long arrived, long copied, long overwritten, int waiting)
    {
        Assert.Equal((arrived, copied, overwritten, waiting),
            (ledger.Arrived, ledger.Copied, ledger.Overwritten, ledger.Waiting));
        Assert.Equal(ledger.Arrived, ledger.Copied + ledger.Overwritten + ledger.Waiting);
    }

    private void Mark(int slot) => Write(slot, 0, new byte[ChunkHeader.Size]);

    private void Header(int slot, int sequence)
    {
        var header = new byte[ChunkHeader.Size];
        new ChunkHeader((ulong)sequence, 64, SimTime.Zero, 0, false).Write(header);
        Write(slot, 0, header);
    }

    private void Write(int slot, int offset, byte[] bytes) =>
        memory.Write(Tlp.Request(TlpKind.MemoryWrite, buffer.Address + (ulong)(slot * SlotSize + offset), bytes.Length), bytes);
}
