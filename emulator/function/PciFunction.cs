using System.Buffers.Binary;
using NLog;
using Pcie.Emulator.Device;
using Pcie.Emulator.Function.Capabilities;
using Pcie.Emulator.Registers;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Function;

/// <summary>
/// A PCI Express function around a card's own logic: configuration space, decoding of BARs, messages, bus mastering, resets. As
/// strict as silicon: what is not enabled does not happen, and is counted. docs/fidelity.md lists where it is not.
/// </summary>
/// <remarks>Taking and answering a request allocates nothing.</remarks>
public sealed class PciFunction : IDevicePort, ITlpReceiver, IRegisterOwner
{
    // A register is reached by one or two DWs: longer bursts are refused (2.3.1: a completer may abort what breaks its
    // programming model).
    private const int LongestRegisterAccess = 8;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly IDevice device;
    private readonly ConfigHeader header;
    private readonly PowerManagement power;
    private readonly MsixCapability? msix;
    private readonly ExpressCapability express;
    private readonly ICapability[] parts;
    private readonly ErrorReporting errors;
    private readonly MessageSignals messages;
    private readonly Uplink uplink;
    private readonly Requester requester;
    private readonly HostReads reads;
    private readonly uint source;
    private ulong refusedForFaults;

    /// <param name="device">The card's logic; attached here.</param>
    /// <param name="completionTimeout">How long a read of host memory may take.</param>
    /// <exception cref="ArgumentException">The device asks for what no function has.</exception>
    public PciFunction(IDevice device, Timeline timeline, Tracer tracer, Duration completionTimeout)
    {
        this.device = device;
        Timeline = timeline;
        Tracer = tracer;
        source = tracer.AddSource($"{device.Identity.Name}.function");
        var identity = device.Identity;
        Counters = new FunctionCounters(Math.Max(MsiCapability.MostMessages, identity.MsixEntries));
        if (identity.MsixEntries != 0)
            msix = new MsixCapability(identity.MsixEntries, FirstFreeBar(identity.Bars), ConfigOffset.Express);
        header = new ConfigHeader(identity, msix is null ? identity.Bars : WithTable(identity.Bars, msix));
        power = new PowerManagement(next: ConfigOffset.Msi);
        var msi = new MsiCapability(identity.MsiMessages, next: msix is null ? ConfigOffset.Express : ConfigOffset.Msix);
        express = new ExpressCapability(next: 0);
        var advanced = new AdvancedErrors();
        parts = msix is null ? [header, power, msi, express, advanced] : [header, power, msi, msix, express, advanced];
        // Software finds out what is there by writing and reading what is not.
        Configuration = new RegisterFile(ConfigOffset.Size, this, parts.SelectMany(part => part.Registers))
        {
            Name = "configuration space", MisuseLevel = LogLevel.Debug,
        };
        uplink = new Uplink(Counters);
        errors = new ErrorReporting(header, express, advanced, Counters);
        messages = new MessageSignals(msi, msix, () => IsMaster, Counters, uplink, tracer, source);
        requester = new Requester(timeline, uplink, completionTimeout);
        reads = new HostReads(requester, errors);
        device.Attach(this);
    }

    /// <summary>Where the function sends; null while there is no link.</summary>
    public ITlpSender? Link
    {
        get => uplink.Link;
        set => uplink.Link = value;
    }

    /// <summary>Where messages go, if not to <see cref="Link"/> as everything else does; for faults.</summary>
    public ITlpSender? MessageLink
    {
        get => messages.Path;
        set => messages.Path = value;
    }

    /// <summary>Configuration space, 4 KiB.</summary>
    public RegisterFile Configuration { get; }

    /// <summary>What was done, refused and lost.</summary>
    public FunctionCounters Counters { get; }

    /// <summary>Every counter by name, those of reads and of configuration space included.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        .. Counters.All,
        new("function.completion-timeouts", (ulong)requester.TimedOut),
        new("function.unexpected-completions", (ulong)requester.UnexpectedCompletions),
        new("function.configuration-unmapped-writes", Configuration.UnmappedWrites),
        new("function.configuration-reserved-writes", Configuration.ReservedWrites),
    ];

    /// <summary>Reads of host memory: in flight, timed out, completions that nobody waited for.</summary>
    public Requester Requester => requester;

    public Timeline Timeline { get; }

    public Tracer Tracer { get; }

    public int MaxPayloadSize => express.MaxPayloadSize;

    public int MaxReadRequestSize => express.MaxReadRequestSize;

    public int GrantedMessages => messages.Granted;

    public ulong MessagesSent => Counters.MessagesSent;

    public event Action? MessagesChanged;

    private bool IsMaster => header.BusMaster && power.IsD0;

    private string WhyNotMaster => power.IsD0 ? "COMMAND_STATUS.BUS_MASTER_ENABLE is 0" : "POWER_CONTROL.POWER_STATE is D3hot";

    /// <summary>
    /// Power-on state, but for sticky registers: configuration space, the device, and nothing in flight (PCI Express Base
    /// Specification 6.6.1). Counters stay.
    /// </summary>
    public void Reset()
    {
        Counters.Resets++;
        Configuration.Reset();
        msix?.Table.Reset();
        device.Reset();
        // The device has forgotten them already: that they end so is no error of its own.
        requester.FailAll(RequestOutcome.LinkDown);
    }

    /// <summary>As <see cref="Reset"/>, but what survives a function-level reset stays (6.6.2).</summary>
    public void FunctionLevelReset()
    {
        Counters.FunctionLevelResets++;
        express.ThroughFunctionLevelReset(Reset);
    }

    /// <summary>The link is gone: a function loses its state with it (PCI Express Base Specification 6.6.1).</summary>
    public void LinkWentDown(LinkDown down) => Reset();

    public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.Completion)
        {
            var unexpected = requester.UnexpectedCompletions;
            requester.Complete(tlp, payload);
            if (requester.UnexpectedCompletions == unexpected) return;
            var level = Repeated.At(LogLevel.Info, (ulong)requester.UnexpectedCompletions);
            if (Log.IsEnabled(level))
                Log.Log(level, "Completion of {Length} bytes with tag {Tag}, for which nothing waits: ignored.", tlp.Length, tlp.Tag);
            errors.Detected(FunctionError.UnexpectedCompletion, tlp);
            return;
        }
        if (tlp.Address % 4 != 0 || tlp.Length <= 0 || tlp.Length % 4 != 0 || (tlp.HasPayload && payload.Length != tlp.Length))
        {
            Discard(tlp, "its address, length and payload do not go together");
            return;
        }
        // 2.2.2: who receives must check that no payload is longer than Max_Payload_Size. Completions come whole here (docs/fidelity.md).
        if (tlp.Kind == TlpKind.MemoryWrite && tlp.Length > MaxPayloadSize)
        {
            Discard(tlp, "its payload is longer than Max_Payload_Size");
            return;
        }
        switch (tlp.Kind)
        {
            case TlpKind.ConfigRead or TlpKind.ConfigWrite:
                ReceiveConfig(tlp, payload);
                break;
            case TlpKind.MemoryRead or TlpKind.MemoryWrite:
                ReceiveMemory(tlp, payload);
                break;
            default:
                Discard(tlp, "no such type");
                break;
        }
    }

    /// <summary>
    /// Refuses a request that the function might take, and records it as it records its own refusals (PCI Express Base Specification 6.2, 7.5.1.1.4);
    /// for faults.
    /// </summary>
    public void Refuse(in Tlp tlp, CompletionStatus status) => Refuse(tlp, status, ++refusedForFaults, "by a fault");

    public bool WriteHost(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (!MayMaster()) return false;
        uplink.Send(Tlp.Request(TlpKind.MemoryWrite, address, bytes.Length), bytes);
        return true;
    }

    public bool ReadHost(ulong address, int length, IReadCompleter completer, int cookie)
    {
        if (!MayMaster()) return false;
        requester.Tags = express.Tags;
        if (reads.TryRead(address, length, completer, cookie)) return true;
        Counters.ReadsExhausted++;
        return false;
    }

    public MessageOutcome RaiseMessage(int message) => messages.Raise(message);

    private void ReceiveConfig(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Address >= ConfigOffset.Size || tlp.Length != 4)
        {
            Refuse(tlp, CompletionStatus.UnsupportedRequest, ++Counters.BadConfigRequests, "outside configuration space, or longer than a DW");
            return;
        }
        var offset = (uint)tlp.Address;
        if (tlp.Kind == TlpKind.ConfigRead)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, Configuration.Read(offset, tlp.FirstByteEnables));
            uplink.Send(Tlp.CompletionOf(tlp, CompletionStatus.Successful), bytes);
            return;
        }
        var value = BinaryPrimitives.ReadUInt32LittleEndian(payload) & ByteEnables.ToMask(tlp.FirstByteEnables);
        Tracer.Record(TraceKind.ConfigWritten, source, offset, value);
        Configuration.Write(offset, value, tlp.FirstByteEnables);
        uplink.Send(Tlp.CompletionOf(tlp, CompletionStatus.Successful), default);
    }

    private void ReceiveMemory(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        // 5.3.1.4.1: in D3hot a function takes configuration requests and messages alone.
        if (!power.IsD0)
        {
            Refuse(tlp, CompletionStatus.UnsupportedRequest, ++Counters.InLowPower, "while the function is in D3hot");
            return;
        }
        var bar = header.Decode(tlp.Address, out var offset);
        if (bar < 0)
            Refuse(tlp, CompletionStatus.UnsupportedRequest, ++Counters.Undecoded,
                header.MemorySpace ? "at an address that no BAR decodes" : "while Memory Space is off");
        else if (!header.Fits(bar, offset, tlp.Length))
            Refuse(tlp, CompletionStatus.UnsupportedRequest, ++Counters.AcrossBarEnd, "across the end of a BAR", bar, offset);
        else if (tlp.Length > LongestRegisterAccess)
            Refuse(tlp, CompletionStatus.CompleterAbort, ++Counters.TooLong, "longer than the two DWs that registers take", bar, offset);
        else if (tlp.Kind == TlpKind.MemoryRead)
            ReadRegisters(tlp, bar, offset);
        else
            WriteRegisters(tlp, payload, bar, offset);
    }

    private void ReadRegisters(in Tlp tlp, int bar, uint offset)
    {
        Span<byte> bytes = stackalloc byte[LongestRegisterAccess];
        for (var i = 0; i < tlp.Length; i += 4)
        {
            var enables = i == 0 ? tlp.FirstByteEnables : tlp.LastByteEnables;
            var value = bar == msix?.Bar
                ? msix.Table.Read(offset + (uint)i, enables)
                : device.ReadBar(bar, offset + (uint)i, enables);
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[i..], value);
            Counters.RegisterReads++;
            Tracer.Record(TraceKind.RegisterRead, source, Place(bar, offset + (uint)i), value);
        }
        uplink.Send(Tlp.CompletionOf(tlp, CompletionStatus.Successful), bytes[..tlp.Length]);
    }

    private void WriteRegisters(in Tlp tlp, ReadOnlySpan<byte> payload, int bar, uint offset)
    {
        for (var i = 0; i < tlp.Length; i += 4)
        {
            var enables = i == 0 ? tlp.FirstByteEnables : tlp.LastByteEnables;
            var value = BinaryPrimitives.ReadUInt32LittleEndian(payload[i..]) & ByteEnables.ToMask(enables);
            Counters.RegisterWrites++;
            Tracer.Record(TraceKind.RegisterWritten, source, Place(bar, offset + (uint)i), value);
            if (bar != msix?.Bar) device.WriteBar(bar, offset + (uint)i, value, enables);
            else if (msix.Table.Write(offset + (uint)i, value, enables)) messages.Changed();
        }
    }

    // A read is answered by a completion that says no; a write is posted and dropped.
    private void Refuse(in Tlp tlp, CompletionStatus status, ulong count, string why, int bar = -1, uint offset = 0)
    {
        Tracer.Record(TraceKind.RequestRefused, source, (long)tlp.Address, (long)status);
        var level = Repeated.At(LogLevel.Info, count);
        if (Log.IsEnabled(level))
            Log.Log(level, "{Kind} of {Length} bytes at 0x{Address:X}{Register} refused with {Status}: {Why}.",
                tlp.Kind, tlp.Length, tlp.Address, bar < 0 ? "" : $", {NameOf(bar, offset)},", status, why);
        errors.Detected(
            status == CompletionStatus.CompleterAbort ? FunctionError.CompleterAbort : FunctionError.UnsupportedRequest, tlp);
        if (tlp.IsNonPosted) uplink.Send(Tlp.CompletionOf(tlp, status), default);
    }

    // 2.3: a malformed packet is discarded, and nobody is told but by the error.
    private void Discard(in Tlp tlp, string why)
    {
        Counters.Malformed++;
        Tracer.Record(TraceKind.RequestRefused, source, (long)tlp.Address, -1);
        var level = Repeated.At(LogLevel.Info, Counters.Malformed);
        if (Log.IsEnabled(level))
            Log.Log(level, "{Kind} of {Length} bytes at 0x{Address:X} is malformed and discarded: {Why}.", tlp.Kind, tlp.Length, tlp.Address, why);
        errors.Detected(FunctionError.MalformedTlp, tlp);
    }

    // For a person: which register an access meant.
    private string NameOf(int bar, uint offset)
    {
        var registers = bar == 0 ? (device as ICard)?.Registers : null;
        var what = bar == msix?.Bar ? "the MSI-X table" : registers?.Find(offset)?.Name ?? "no register";
        return $"BAR {bar}+0x{offset:X} ({what})";
    }

    private bool MayMaster()
    {
        if (IsMaster) return true;
        var level = Repeated.At(LogLevel.Info, ++Counters.BusMasterDisabled);
        if (Log.IsEnabled(level)) Log.Log(level, "A request of the card is not sent: {Why}.", WhyNotMaster);
        return false;
    }

    void IRegisterOwner.Refresh(Register register) => express.Refresh(requester.InFlight > 0);

    void IRegisterOwner.WasRead(Register register)
    {
        // Nothing in configuration space acts on being read.
    }

    void IRegisterOwner.WasWritten(Register register, uint before, uint written)
    {
        foreach (var part in parts)
            switch (part.Written(register, before, written))
            {
                case ConfigEffect.MessagesChanged:
                    messages.Changed();
                    MessagesChanged?.Invoke();
                    break;
                case ConfigEffect.PowerReset:
                    Counters.PowerResets++;
                    Reset();
                    break;
                case ConfigEffect.FunctionLevelReset:
                    FunctionLevelReset();
                    break;
            }
    }

    private static int FirstFreeBar(IReadOnlyList<BarRequest> bars) => bars.Count + (bars is [.., { Is64Bit: true }] ? 1 : 0);

    // Behind an upper half, which the device did not name, a place is left out.
    private static BarRequest[] WithTable(IReadOnlyList<BarRequest> bars, MsixCapability msix) =>
        [.. bars, .. Enumerable.Repeat(new BarRequest(0), msix.Bar - bars.Count), new BarRequest(msix.Table.BarSize)];

    private static long Place(int bar, uint offset) => (long)bar << 56 | offset;
}
