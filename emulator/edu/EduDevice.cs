using NLog;
using Pcie.Emulator.BusMastering;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using Pcie.Logging;
using Pcie.Time;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Edu;

/// <summary>
/// A device that is register-compatible with QEMU's educational device (docs/specs/edu.rst): identification, liveness, a factorial, an
/// interrupt to raise and acknowledge, and DMA between host memory and a buffer of 4 KiB. docs/fidelity.md says where it differs.
/// </summary>
public sealed class EduDevice : ICard, ITimelineTarget
{
    // Bytes from the start of BAR 0 in which registers are; the rest of its megabyte is empty.
    private const uint RegisterBytes = 0x100;
    private const ulong BufferBase = 0x40000, DmaMask = (1 << 28) - 1;
    private const uint InterruptWhenComputed = 0x80, Run = 0x1, ToHost = 0x2, InterruptWhenMoved = 0x4;
    private const uint FactorialInterrupt = 0x1, DmaInterrupt = 0x100;
    private const int FactorialDue = 0, DmaDue = 1;

    // What a transfer takes in QEMU, whatever its length.
    private static readonly Duration DmaTime = Duration.FromMilliseconds(100);
    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly byte[] buffer = new byte[4096];
    private readonly IDevicePort port;
    private readonly HostTransfer transfer;
    private readonly TimelineEvent factorialDone, dmaDone;
    private readonly Register factorial, status, pending, command;
    private readonly RegisterPair source, destination, count;
    private ulong transfers, transfersRefused;

    public EduDevice(IDevicePort port)
    {
        this.port = port;
        transfer = new HostTransfer(port, Moved);
        (factorialDone, dmaDone) = (port.Timeline.CreateEvent(this, FactorialDue), port.Timeline.CreateEvent(this, DmaDue));

        // As QEMU documents them: docs/specs/edu.rst, "MMIO area spec".
        var set = new RegisterSet();
        set.Declare("ID", 0x00, "What this is").Field(0, 32, "ID", RO, "0xRRrr00ed: major and minor version, edu", 0x0100_00ED);
        set.Declare("LIVENESS", 0x04, "Shows that the card is alive")
            .Field(0, 32, "VALUE", RW, "reads as the complement of what was written")
            .Stores(value => ~value);
        factorial = set.Declare("FACTORIAL", 0x08, "Computes a factorial")
            .Field(0, 32, "VALUE", RW, "n; n! modulo 2^32 when STATUS.COMPUTING is 0 again")
            .LockedWhile(() => factorialDone.IsScheduled ? "a factorial is being computed" : null)
            .OnWrite(write => factorialDone.ScheduleAfter(new Duration(1L + write.After))); // a nanosecond a factor
        status = set.Declare("STATUS", 0x20, "Of the factorial")
            .Flag(0, "COMPUTING", () => factorialDone.IsScheduled, "being computed; FACTORIAL ignores writes meanwhile").Reserved(1, 6)
            .Flag(7, "INTERRUPT", RW, "raise interrupt 0x1 when done").Reserved(8, 24);
        pending = set.Declare("INT_STATUS", 0x24, "Interrupts raised and not acknowledged")
            .Field(0, 32, "VALUE", RO, "0x1: the factorial is done, 0x100: the DMA is done, others: raised by INT_RAISE");
        set.Declare("INT_RAISE", 0x60, "Raises an interrupt")
            .Field(0, 32, "VALUE", WO, "set in INT_STATUS; a message is sent")
            .OnWrite(write => Raise(write.Ones));
        set.Declare("INT_ACK", 0x64, "Acknowledges interrupts")
            .Field(0, 32, "VALUE", WO, "cleared in INT_STATUS")
            .OnWrite(write =>
            {
                pending.Value &= ~write.Ones;
                port.DriveLine(pending.Value != 0);
            });
        source = Dma("DMA_SOURCE", 0x80, "Where DMA reads: a bus address, or 0x40000 and on for the buffer", "address");
        destination = Dma("DMA_DESTINATION", 0x88, "Where DMA writes: a bus address, or 0x40000 and on for the buffer", "address");
        count = Dma("DMA_COUNT", 0x90, "Bytes to move", "count");
        command = set.Declare("DMA_COMMAND", 0x98, "Starts DMA")
            .Flag(0, "RUN", RW, "write 1 to begin; 0 again at the end").Flag(1, "TO_HOST", RW, "1: from the buffer to host memory")
            .Flag(2, "INTERRUPT", RW, "raise interrupt 0x100 at the end").Reserved(3, 29)
            .LockedWhile(WhyDmaIsLocked)
            .Stores(value => (value & Run) != 0 ? value : null)
            .OnWrite(_ => dmaDone.ScheduleAfter(DmaTime));
        // "Only size == 4 accesses are allowed for addresses < 0x80. size == 4 or size == 8 for the rest": whole registers.
        Registers = new RegisterFile(RegisterBytes, set.Declared) { WholeRegistersOnly = true };

        RegisterPair Dma(string name, uint offset, string sentence, string meaning)
        {
            var pair = set.Declare(new RegisterPair(name, offset, sentence, "VALUE", RW, meaning));
            foreach (var half in pair.Halves) half.LockedWhile(WhyDmaIsLocked);
            return pair;
        }
    }

    public static DeviceIdentity Identity { get; } = new()
    {
        Name = "edu", VendorId = 0x1234, DeviceId = 0x11E8, Revision = 0x10, ClassCode = 0x00FF00, SubsystemVendorId = 0x1AF4, SubsystemId = 0x1100,
        Bars = [1 << 20], HasInterruptLine = true,
    };

    public RegisterFile Registers { get; }

    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
        [new("dma.transfers", transfers), new("dma.transfers-refused", transfersRefused), .. Registers.Statistics];

    public void Reset()
    {
        factorialDone.Cancel();
        dmaDone.Cancel();
        transfer.Stop();
        Array.Clear(buffer);
        Registers.Reset();
    }

    public void Dispose()
    {
        // Holds nothing that has an end.
    }

    void ITimelineTarget.Due(int tag)
    {
        if (tag == FactorialDue) Computed();
        else Move();
    }

    private void Computed()
    {
        var product = 1u;
        for (var n = Math.Min(factorial.Value, 34); n > 1; n--) product *= n; // 34! is a multiple of 2^32
        factorial.Value = product;
        if ((status.Value & InterruptWhenComputed) != 0) Raise(FactorialInterrupt);
    }

    private string? WhyDmaIsLocked() => (command.Value & Run) != 0 ? "DMA is running" : null;

    private void Move()
    {
        var toHost = (command.Value & ToHost) != 0;
        var inside = (toHost ? source : destination).Value - BufferBase;
        var outside = (toHost ? destination : source).Value & DmaMask;
        var bytes = count.Value;
        if (bytes > (ulong)buffer.Length || inside > (ulong)buffer.Length - bytes) Moved(TransferOutcome.Impossible);
        else if (toHost) transfer.Write(outside, buffer.AsSpan((int)inside, (int)bytes));
        else transfer.Read(outside, (int)bytes, buffer.AsMemory((int)inside));
    }

    // There is no error bit: RUN ends, and no interrupt comes.
    private void Moved(TransferOutcome outcome)
    {
        command.Value &= ~Run;
        if (outcome == TransferOutcome.Done)
        {
            transfers++;
            if ((command.Value & InterruptWhenMoved) != 0) Raise(DmaInterrupt);
            return;
        }
        Log.Log(Repeated.At(LogLevel.Warn, ++transfersRefused), "DMA_COMMAND.RUN ended, from 0x{Source:X} to 0x{Destination:X}: {Outcome}.",
            source.Value, destination.Value, outcome);
    }

    // A message for every event, as QEMU's edu does, or the level of its line; of messages nothing is evaluated again at an acknowledge.
    private void Raise(uint interrupts)
    {
        pending.Value |= interrupts;
        port.DriveLine(pending.Value != 0);
        port.RaiseMessage(0);
    }
}
