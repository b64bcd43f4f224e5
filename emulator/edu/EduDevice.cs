using NLog;
using Pcie.Emulator.Device;
using Pcie.Emulator.Dma;
using Pcie.Emulator.Registers;
using Pcie.Logging;
using Pcie.Time;

namespace Pcie.Emulator.Edu;

/// <summary>
/// A device that is register-compatible with QEMU's educational device (docs/specs/edu.rst): identification, liveness, a factorial, an
/// interrupt to raise and acknowledge, and DMA between host memory and a buffer of 4 KiB. docs/fidelity.md says where it differs.
/// </summary>
public sealed class EduDevice : ICard, IRegisterOwner, ITimelineTarget
{
    private const ulong BufferBase = 0x40000, DmaMask = (1 << 28) - 1;
    private const uint Computing = 0x01, InterruptWhenComputed = 0x80, Run = 0x1, ToHost = 0x2, InterruptWhenMoved = 0x4;
    private const uint FactorialInterrupt = 0x1, DmaInterrupt = 0x100;
    private const int FactorialDue = 0, DmaDue = 1;

    // What a transfer takes in QEMU, whatever its length.
    private static readonly Duration DmaTime = Duration.FromMilliseconds(100);
    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly EduRegisters registers = new();
    private readonly byte[] buffer = new byte[4096];
    private IDevicePort port = null!;
    private HostTransfer transfer = null!;
    private TimelineEvent factorialDone = null!, dmaDone = null!;
    private ulong transfers, transfersRefused;

    // "Only size == 4 accesses are allowed for addresses < 0x80. size == 4 or size == 8 for the rest": whole registers.
    public EduDevice() => Registers = new RegisterFile(EduRegisters.Size, this, registers.All) { WholeRegistersOnly = true };

    public DeviceIdentity Identity { get; } = new("edu", 0x1234, 0x11E8, 0x10, ClassCode: 0x00FF00, 0x1AF4, 0x1100, [1 << 20], MsiMessages: 1);

    public RegisterFile Registers { get; }

    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
        [new("dma.transfers", transfers), new("dma.transfers-refused", transfersRefused), .. Registers.Statistics];

    public void Attach(IDevicePort port)
    {
        this.port = port;
        transfer = new HostTransfer(port, Moved);
        (factorialDone, dmaDone) = (port.Timeline.CreateEvent(this, FactorialDue), port.Timeline.CreateEvent(this, DmaDue));
    }

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

    void IRegisterOwner.Refresh(Register register) => register.Value = register.Value & ~Computing | (factorialDone.IsScheduled ? Computing : 0);

    string? IRegisterOwner.WhyLocked(Register register) =>
        register == registers.Factorial && factorialDone.IsScheduled ? "a factorial is being computed"
        : register.Offset >= registers.Source.Low.Offset && (registers.Command.Value & Run) != 0 ? "DMA is running"
        : null;

    void IRegisterOwner.WasWritten(Register register, uint before, uint written)
    {
        if (register == registers.Liveness) register.Value = ~register.Value;
        else if (register == registers.Factorial) factorialDone.ScheduleAfter(new Duration(1L + register.Value)); // a nanosecond a factor
        else if (register == registers.Raise) Raise(written);
        else if (register == registers.Acknowledge) registers.Pending.Value &= ~written;
        else if (register == registers.Command && (written & Run) != 0) dmaDone.ScheduleAfter(DmaTime);
        else if (register == registers.Command) register.Value = before;
    }

    void ITimelineTarget.Due(int tag)
    {
        if (tag == FactorialDue) Computed();
        else Move();
    }

    private void Computed()
    {
        var product = 1u;
        for (var n = Math.Min(registers.Factorial.Value, 34); n > 1; n--) product *= n; // 34! is a multiple of 2^32
        registers.Factorial.Value = product;
        if ((registers.Status.Value & InterruptWhenComputed) != 0) Raise(FactorialInterrupt);
    }

    private void Move()
    {
        var toHost = (registers.Command.Value & ToHost) != 0;
        var (source, destination, count) = (registers.Source.Value, registers.Destination.Value, registers.Count.Value);
        var inside = (toHost ? source : destination) - BufferBase;
        var outside = (toHost ? destination : source) & DmaMask;
        if (count > (ulong)buffer.Length || inside > (ulong)buffer.Length - count) Moved(TransferOutcome.Impossible);
        else if (toHost) transfer.Write(outside, buffer.AsSpan((int)inside, (int)count));
        else transfer.Read(outside, (int)count, buffer.AsMemory((int)inside));
    }

    // There is no error bit: RUN ends, and no interrupt comes.
    private void Moved(TransferOutcome outcome)
    {
        registers.Command.Value &= ~Run;
        if (outcome == TransferOutcome.Done)
        {
            transfers++;
            if ((registers.Command.Value & InterruptWhenMoved) != 0) Raise(DmaInterrupt);
            return;
        }
        Log.Log(Repeated.At(LogLevel.Warn, ++transfersRefused), "DMA_COMMAND.RUN ended, from 0x{Source:X} to 0x{Destination:X}: {Outcome}.",
            registers.Source.Value, registers.Destination.Value, outcome);
    }

    // A message for every event, as QEMU's edu does; nothing is evaluated again at an acknowledge.
    private void Raise(uint interrupts)
    {
        registers.Pending.Value |= interrupts;
        port.RaiseMessage(0);
    }
}
