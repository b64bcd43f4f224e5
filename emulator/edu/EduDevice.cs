using NLog;
using Pcie.Card.Device;
using Pcie.Card.Registers;
using Pcie.Link;
using Pcie.Logging;
using Pcie.Time;

namespace Pcie.Card.Edu;

/// <summary>
/// A device that is register-compatible with QEMU's educational device (docs/specs/edu.rst): identification, liveness, a factorial, an
/// interrupt to raise and acknowledge, and DMA between host memory and a buffer of 4 KiB. docs/fidelity.md says where it differs.
/// </summary>
public sealed class EduDevice : ICard, IRegisterOwner, ITimelineTarget, IReadCompleter
{
    private const uint BarSize = 1 << 20;
    private const ulong BufferBase = 0x40000;
    private const int BufferSize = 4096;
    private const ulong DmaMask = (1 << 28) - 1;
    private const uint FactorialInterrupt = 0x1, DmaInterrupt = 0x100;
    private const int FactorialDue = 0, DmaDue = 1;

    // What a transfer takes in QEMU, whatever its length.
    private static readonly Duration DmaTime = Duration.FromMilliseconds(100);
    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly byte[] buffer = new byte[BufferSize];
    private readonly Register factorial, status, pending, command;
    private IDevicePort port = null!;
    private TimelineEvent factorialDone = null!, dmaDone = null!;
    private ulong messages, transfers, transfersRefused, accessesRefused;

    // Of a transfer from host memory: what is still to be asked for, and which transfer an answer belongs to.
    private ulong fetchFrom;
    private int fetchTo, fetchLeft, transfer;

    public EduDevice()
    {
        Registers = new RegisterFile(EduRegisters.Size, this, EduRegisters.Declare());
        (factorial, status) = (Registers.Find(EduRegisters.Factorial)!, Registers.Find(EduRegisters.Status)!);
        (pending, command) = (Registers.Find(EduRegisters.InterruptStatus)!, Registers.Find(EduRegisters.DmaCommand)!);
    }

    public DeviceIdentity Identity { get; } = new("edu", 0x1234, 0x11E8, 0x10, ClassCode: 0x00FF00, 0x1AF4, 0x1100, [BarSize], MsiMessages: 1);

    public RegisterFile Registers { get; }

    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        new("interrupts.messages", messages),
        new("dma.transfers", transfers),
        new("dma.transfers-refused", transfersRefused),
        new("registers.accesses-refused", accessesRefused),
        new("registers.reserved-writes", Registers.ReservedWrites),
    ];

    public void Attach(IDevicePort port)
    {
        this.port = port;
        factorialDone = port.Timeline.CreateEvent(this, FactorialDue);
        dmaDone = port.Timeline.CreateEvent(this, DmaDue);
    }

    // "Only size == 4 accesses are allowed for addresses < 0x80. size == 4 or size == 8 for the rest": whole DWs.
    public uint ReadBar(int bar, uint offset, byte byteEnables)
    {
        if (byteEnables == ByteEnables.All && Registers.Find(offset) is not null) return Registers.Read(offset, byteEnables);
        Refuse("Read", offset, "no register is there, or it is not read as a whole");
        return uint.MaxValue;
    }

    public void WriteBar(int bar, uint offset, uint value, byte byteEnables)
    {
        if (byteEnables != ByteEnables.All || Registers.Find(offset) is null) Refuse("Write", offset, "no register is there, or it is not written as a whole");
        else if (offset == EduRegisters.Factorial && (status.Value & EduRegisters.Computing) != 0) Refuse("Write", offset, "a factorial is being computed");
        else if (offset >= EduRegisters.DmaSource && (command.Value & EduRegisters.Run) != 0) Refuse("Write", offset, "DMA is running");
        else Registers.Write(offset, value, byteEnables);
    }

    public void Reset()
    {
        factorialDone.Cancel();
        dmaDone.Cancel();
        transfer++;
        Array.Clear(buffer);
        Registers.Reset();
    }

    void IRegisterOwner.WasWritten(Register register, uint before, uint written)
    {
        switch (register.Offset)
        {
            case EduRegisters.Liveness: register.Value = ~register.Value; break;
            case EduRegisters.Factorial:
                status.Value |= EduRegisters.Computing;
                factorialDone.ScheduleAfter(new Duration(1L + factorial.Value)); // a nanosecond a factor
                break;
            case EduRegisters.Raise: Raise(written); break;
            case EduRegisters.Acknowledge: pending.Value &= ~written; break;
            case EduRegisters.DmaCommand when (written & EduRegisters.Run) == 0: register.Value = before; break;
            case EduRegisters.DmaCommand: dmaDone.ScheduleAfter(DmaTime); break;
        }
    }

    void ITimelineTarget.Due(int tag)
    {
        if (tag == FactorialDue) ComputeFactorial();
        else Transfer();
    }

    private void ComputeFactorial()
    {
        var product = 1u;
        // 34! is a multiple of 2^32.
        for (var n = Math.Min(factorial.Value, 34); n > 1; n--) product *= n;
        factorial.Value = product;
        status.Value &= ~EduRegisters.Computing;
        if ((status.Value & EduRegisters.InterruptWhenComputed) != 0) Raise(FactorialInterrupt);
    }

    private void Transfer()
    {
        var toHost = (command.Value & EduRegisters.ToHost) != 0;
        var (source, destination, count) = (ValueAt(EduRegisters.DmaSource), ValueAt(EduRegisters.DmaDestination), ValueAt(EduRegisters.DmaCount));
        var inside = (toHost ? source : destination) - BufferBase;
        var outside = (toHost ? destination : source) & DmaMask;
        if (count > BufferSize || inside > BufferSize - count || (inside | outside | count) % 4 != 0)
        {
            Fail($"from 0x{source:X} to 0x{destination:X}, {count} bytes: expected whole DWs, one end within the buffer");
            return;
        }
        (fetchFrom, fetchTo, fetchLeft) = (outside, (int)inside, (int)count);
        if (!toHost) Fetch();
        else if (Post(outside, buffer.AsSpan((int)inside, (int)count))) Finish();
        else Fail("Bus Master Enable is off");
    }

    private bool Post(ulong address, ReadOnlySpan<byte> bytes)
    {
        foreach (var (at, length) in new TlpSplit(address, bytes.Length, port.MaxPayloadSize))
            if (!port.WriteHost(at, bytes.Slice((int)(at - address), length))) return false;
        return true;
    }

    // One request after the other.
    private void Fetch()
    {
        foreach (var (at, length) in new TlpSplit(fetchFrom, fetchLeft, port.MaxReadRequestSize))
        {
            if (!port.ReadHost(at, length, this, transfer)) Fail("Bus Master Enable is off");
            return;
        }
        Finish();
    }

    void IReadCompleter.ReadCompleted(int cookie, CompletionStatus status, ReadOnlySpan<byte> bytes)
    {
        if (cookie != transfer) return;
        if (status != CompletionStatus.Successful)
        {
            Fail($"reading 0x{fetchFrom:X} ended as {status}");
            return;
        }
        bytes.CopyTo(buffer.AsSpan(fetchTo));
        (fetchFrom, fetchTo, fetchLeft) = (fetchFrom + (ulong)bytes.Length, fetchTo + bytes.Length, fetchLeft - bytes.Length);
        Fetch();
    }

    private void Finish()
    {
        transfers++;
        command.Value &= ~EduRegisters.Run;
        if ((command.Value & EduRegisters.InterruptWhenMoved) != 0) Raise(DmaInterrupt);
    }

    // There is no error bit: RUN ends, and no interrupt comes.
    private void Fail(string why)
    {
        command.Value &= ~EduRegisters.Run;
        Log.Log(Repeated.At(LogLevel.Warn, ++transfersRefused), "DMA_COMMAND.RUN ended without a transfer: {Why}.", why);
    }

    // A message for every event, as QEMU's edu does (message per event; nothing is evaluated again at an acknowledge).
    private void Raise(uint interrupts)
    {
        pending.Value |= interrupts;
        if (port.GrantedMessages > 0 && port.RaiseMessage(0) == MessageOutcome.Sent) messages++;
    }

    private void Refuse(string what, uint offset, string why)
    {
        var level = Repeated.At(LogLevel.Info, ++accessesRefused);
        if (Log.IsEnabled(level)) Log.Log(level, "{What} of {Register} refused: {Why}.", what, Registers.Find(offset)?.Name ?? $"0x{offset:X}", why);
    }

    private ulong ValueAt(uint offset) => (ulong)Registers.Find(offset + 4)!.Value << 32 | Registers.Find(offset)!.Value;

    public void Dispose()
    {
        // Holds nothing that has an end.
    }
}
