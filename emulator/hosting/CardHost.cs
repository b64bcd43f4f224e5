using System.Buffers.Binary;
using Pcie.Control.Wire;
using Pcie.Emulator.Control;
using Pcie.Emulator.Registers;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Sessions;
using Pcie.Scenario;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Hosting;

/// <summary>
/// What one emulator process emulates: a card for each attachment, and always the latest of them to look into, be it running or
/// left as its session ended. Before the first it is one that is powered and in no slot.
/// </summary>
public sealed class CardHost : IDeviceEngine, ICardInspector, IDisposable
{
    private const int Bar = 0;

    private readonly CardDesign design;
    private readonly Duration completionTimeout;
    private readonly double timeScale;
    private readonly bool recordTrace;
    private readonly AttachCounters? attachments;
    private readonly Lock slotLock = new();
    private Slot slot;

    /// <param name="design">Of every card.</param>
    /// <param name="completionTimeout">For a card's reads of host memory.</param>
    /// <param name="timeScale">Wall-clock: simulated seconds in a second of the wall clock.</param>
    /// <param name="recordTrace">Whether the trace events of a session are kept.</param>
    /// <param name="attachments">What became of the hosts that wanted this card, to be told with its own counters; null if it is not served.</param>
    /// <exception cref="IOException">The source's file cannot be opened, or is empty.</exception>
    public CardHost(CardDesign design, Duration completionTimeout, double timeScale = 1, bool recordTrace = false,
        AttachCounters? attachments = null)
    {
        this.design = design;
        this.completionTimeout = completionTimeout;
        this.timeScale = timeScale;
        this.recordTrace = recordTrace;
        this.attachments = attachments;
        slot = Watch(EmulatedCard.InNoSlot(design), "");
        Device = new DeviceName(design.Identity.Name, design.Identity.VendorId, design.Identity.DeviceId);
    }

    /// <inheritdoc/>
    public DeviceName Device { get; }

    /// <inheritdoc/>
    public void Run(DeviceAttachment attachment)
    {
        var latency = attachment.Pacing == Pacing.FreeRunning ? attachment.Latency : LatencyRange.Default;
        var session = new LinkSessionOptions(attachment.Pacing, latency, timeScale);
        var next = Watch(new EmulatedCard(design, attachment.Transport, session, completionTimeout), attachment.HostName);
        lock (slotLock)
        {
            slot.Dispose();
            slot = next;
        }
        next.Card.Session.Run(CancellationToken.None);
        lock (slotLock) slot = next with { HostName = "" };
    }

    private Slot Watch(EmulatedCard card, string hostName)
    {
        var recording = recordTrace ? new TraceSpool() : null;
        card.Tracer.Sink = recording;
        return new Slot(card, recording, hostName);
    }

    /// <inheritdoc/>
    public CardDescription Describe() => WithEngineLock(slot => RegisterDescriptions.Of(slot.Card.Identity, slot.Card.Card.Registers));

    /// <inheritdoc/>
    public RegisterValue Peek(RegisterName register) => WithEngineLock(slot => ValueOf(Find(slot, register)));

    /// <inheritdoc/>
    public RegisterValue Poke(RegisterName register, ulong value) => WithEngineLock(slot =>
    {
        var found = Find(slot, register);
        if (value > uint.MaxValue)
            throw new CardInspectionException(false, $"0x{value:X} does not fit {found.Name}, which has 32 bits.");
        slot.Card.Card.Registers.Poke(found, (uint)value);
        // What the write set off must not wait for something else to happen.
        slot.Card.Session.Wake();
        return ValueOf(found);
    });

    /// <inheritdoc/>
    public ConfigSpace ReadConfig() => WithEngineLock(slot =>
    {
        var configuration = slot.Card.Function.Configuration;
        var bytes = new byte[configuration.Size];
        foreach (var register in configuration.Registers)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan((int)register.Offset), register.Peek());
        return new ConfigSpace { Bytes = Google.Protobuf.ByteString.CopyFrom(bytes) };
    });

    /// <inheritdoc/>
    public void InjectFault(InjectFaultRequest request) => WithEngineLock(slot =>
    {
        var fault = FaultRequest.Read(request);
        try
        {
            slot.Card.Faults.Inject(fault);
        }
        catch (NotSupportedException e)
        {
            throw new CardInspectionException(false, e.Message);
        }
        slot.Card.Session.Wake();
        return true;
    });

    /// <inheritdoc/>
    public Statistics GetStatistics() => WithEngineLock(slot =>
    {
        var statistics = slot.Card.GetStatistics();
        statistics.HostName = slot.HostName;
        foreach (var (name, count) in attachments?.All ?? []) statistics.Counters[name] = count;
        return statistics;
    });

    /// <inheritdoc/>
    public IEnumerable<TraceBlock> GetTrace() => WithEngineLock(slot =>
        slot.Recording is { } recording ? TraceBlocks.Of(recording, slot.Card.Tracer.Sources) : []);

    // The engine holds its lock while it changes the card; the slot's keeps the card from being replaced meanwhile.
    private T WithEngineLock<T>(Func<Slot, T> look)
    {
        lock (slotLock)
            lock (slot.Card.Session.EngineLock) return look(slot);
    }

    private static Register Find(Slot slot, RegisterName register)
    {
        var file = slot.Card.Card.Registers;
        if (register.Name is { } name)
            return file.Find(name) ?? throw new CardInspectionException(true, $"There is no register '{name}'{MaybeMeant(name, file)} emu regs lists "
                + "those there are.");
        if (register.Bar != Bar) throw new CardInspectionException(true, $"There is no BAR {register.Bar}; this card has BAR {Bar}.");
        return (register.Offset < file.Size ? file.Find((uint)register.Offset) : null)
            ?? throw new CardInspectionException(true, $"There is no register at BAR {Bar} + 0x{register.Offset:X}. emu regs lists those there are.");
    }

    private static string MaybeMeant(string name, RegisterFile file) =>
        Spelling.Nearest(name, file.Registers.Select(register => register.Name)) is { } near ? $"; did you mean {near}?" : ".";

    private static RegisterValue ValueOf(Register register)
    {
        var value = register.Peek();
        var result = new RegisterValue { Name = register.Name, Bar = Bar, Offset = register.Offset, Value = value };
        result.Fields.AddRange(register.Fields.Select(field => new FieldValue { Name = field.Name, Value = field.Of(value) }));
        return result;
    }

    public void Dispose()
    {
        lock (slotLock) slot.Dispose();
    }

    private sealed record Slot(EmulatedCard Card, TraceSpool? Recording, string HostName)
    {
        public void Dispose()
        {
            Card.Dispose();
            Recording?.Dispose();
        }
    }
}
