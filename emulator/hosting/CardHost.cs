using System.Buffers.Binary;
using Pcie.Control.Wire;
using Pcie.Emulator.Control;
using Pcie.Emulator.Registers;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Recording;
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
    private readonly CardDesign design;
    private readonly Duration completionTimeout;
    private readonly double timeScale;
    private readonly bool recordTrace;
    private readonly Func<IEnumerable<KeyValuePair<string, ulong>>>? hosts;
    private readonly Lock slotLock = new();
    private Slot slot;
    private ulong attachments;

    /// <param name="design">Of every card.</param>
    /// <param name="completionTimeout">For a card's reads of host memory.</param>
    /// <param name="timeScale">Wall-clock: simulated seconds in a second of the wall clock.</param>
    /// <param name="recordTrace">Whether the trace events of a session are kept.</param>
    /// <param name="hosts">What became of the hosts that wanted this card, to be told with its own counters; null if it is not served.</param>
    /// <exception cref="IOException">The source's file cannot be opened, or is empty.</exception>
    public CardHost(CardDesign design, Duration completionTimeout, double timeScale = 1, bool recordTrace = false,
        Func<IEnumerable<KeyValuePair<string, ulong>>>? hosts = null)
    {
        this.design = design;
        this.completionTimeout = completionTimeout;
        this.timeScale = timeScale;
        this.recordTrace = recordTrace;
        this.hosts = hosts;
        slot = Watch(EmulatedCard.InNoSlot(design), "", new TlpCapture());
        Device = new DeviceName(design.Identity.Name, design.Identity.VendorId, design.Identity.DeviceId);
    }

    /// <inheritdoc/>
    public DeviceName Device { get; }

    /// <inheritdoc/>
    public void Run(DeviceAttachment attachment)
    {
        var latency = attachment.Pacing == Pacing.FreeRunning ? attachment.Latency : LatencyRange.Default;
        var session = new LinkSessionOptions(attachment.Pacing, latency, timeScale);
        var transport = new CapturedTransport(attachment.Transport, LinkDirection.DeviceToHost);
        var next = Watch(new EmulatedCard(design, transport, session, completionTimeout), attachment.HostName, transport.Capture);
        lock (slotLock)
        {
            slot.Dispose();
            slot = next;
            attachments++;
        }
        next.Card.Session.Run(CancellationToken.None);
        lock (slotLock) slot = next with { HostName = "" };
    }

    private Slot Watch(EmulatedCard card, string hostName, TlpCapture capture)
    {
        var recording = recordTrace ? new TraceSpool() : null;
        card.Tracer.Sink = recording;
        return new Slot(card, recording, hostName, new CapturedTlps(capture, card.Function));
    }

    /// <inheritdoc/>
    public CardDescription Describe() => WithEngineLock(slot => RegisterDescriptions.Of(slot.Card.Identity, slot.Card.Card, slot.Card.Faults.Kinds));

    /// <inheritdoc/>
    public RegisterValue Peek(RegisterName register) => WithEngineLock(slot => ValueOf(Find(slot.Card, register)));

    /// <inheritdoc/>
    public RegisterValue Poke(RegisterName register, ulong value) => WithEngineLock(slot =>
    {
        var found = Find(slot.Card, register);
        if (value > uint.MaxValue)
            throw new CardInspectionException(false, $"0x{value:X} does not fit {found.Register.Name}, which has 32 bits.");
        found.File.Poke(found.Register, (uint)value);
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
    public Statistics GetStatistics() => WithEngineLock(StatisticsOf);

    /// <inheritdoc/>
    public CardSnapshot TakeSnapshot(ulong number) => WithEngineLock(slot =>
    {
        var card = slot.Card;
        var snapshot = new CardSnapshot
        {
            Number = number, Attachment = attachments, SimulatedNs = card.Session.Now.Nanoseconds, Statistics = StatisticsOf(slot),
            Tlps = slot.Tlps.Take(),
        };
        foreach (var (_, file) in RegistersOf(card))
            if (file is not null)
                foreach (var register in file.Registers) snapshot.Registers.Add(register.Peek());
        snapshot.Causes.AddRange(card.Card.Causes);
        snapshot.Messages.AddRange(card.Function.Messages);
        return snapshot;
    });

    private Statistics StatisticsOf(Slot slot)
    {
        var statistics = slot.Card.GetStatistics();
        statistics.HostName = slot.HostName;
        foreach (var (name, count) in hosts?.Invoke() ?? []) statistics.Counters[name] = count;
        return statistics;
    }

    /// <inheritdoc/>
    public IEnumerable<TraceBlock> GetTrace() => WithEngineLock(slot =>
        slot.Recording is { } recording ? TraceBlocks.Of(recording, slot.Card.Tracer.Sources) : []);

    // The engine holds its lock while it changes the card; the slot's keeps the card from being replaced meanwhile.
    private T WithEngineLock<T>(Func<Slot, T> look)
    {
        lock (slotLock)
            lock (slot.Card.Session.EngineLock) return look(slot);
    }

    private static (int Bar, RegisterFile File, Register Register) Find(EmulatedCard card, RegisterName register)
    {
        var bars = RegistersOf(card).ToList();
        if (register.Name is { } name)
        {
            foreach (var (bar, file) in bars)
                if (file?.Find(name) is { } named) return (bar, file, named);
            throw new CardInspectionException(true,
                $"There is no register '{name}'{MaybeMeant(name, bars.SelectMany(bar => bar.File?.Registers ?? []))} emu regs lists "
                + "those there are.");
        }
        if (bars.All(bar => bar.Bar != register.Bar))
            throw new CardInspectionException(true,
                $"There is no BAR {register.Bar}; this card has BAR {string.Join(", ", bars.Select(bar => bar.Bar))}.");
        var there = bars.First(bar => bar.Bar == register.Bar).File;
        return (register.Offset < there?.Size ? there.Find((uint)register.Offset) : null) is { } found ? (register.Bar, there!, found)
            : throw new CardInspectionException(true,
                $"There is no register at BAR {register.Bar} + 0x{register.Offset:X}. emu regs lists those there are; those of RTL are the ones that "
                + "'map' in its configuration names.");
    }

    private static IEnumerable<(int Bar, RegisterFile? File)> RegistersOf(EmulatedCard card) => Enumerable.Range(0, card.Identity.Bars.Count)
        .Where(bar => card.Identity.Bars[bar].Size != 0).Select(bar => (bar, card.Card.RegistersOf(bar)));

    private static string MaybeMeant(string name, IEnumerable<Register> registers) =>
        Spelling.Nearest(name, registers.Select(register => register.Name)) is { } near ? $"; did you mean {near}?" : ".";

    private static RegisterValue ValueOf((int Bar, RegisterFile File, Register Register) found)
    {
        var (bar, _, register) = found;
        var value = register.Peek();
        var result = new RegisterValue { Name = register.Name, Bar = (uint)bar, Offset = register.Offset, Value = value };
        result.Fields.AddRange(register.Fields.Select(field => new FieldValue { Name = field.Name, Value = field.Of(value) }));
        return result;
    }

    public void Dispose()
    {
        lock (slotLock) slot.Dispose();
    }

    private sealed record Slot(EmulatedCard Card, TraceSpool? Recording, string HostName, CapturedTlps Tlps)
    {
        public void Dispose()
        {
            Card.Dispose();
            Recording?.Dispose();
        }
    }
}
