using System.Buffers.Binary;
using NLog;
using Pcie.Card.Device;
using Pcie.Card.Registers;
using Pcie.Link;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Card.Function;

/// <summary>
/// A PCI Express function around a card's own logic: configuration space, decoding of BARs, MSI, bus mastering. As strict as
/// silicon: what is not enabled does not happen, and is counted.
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
    private readonly MsiCapability msi;
    private readonly Uplink uplink;
    private readonly Requester requester;
    private readonly HostReads reads;
    private readonly uint source;

    /// <param name="device">The card's logic; attached here.</param>
    /// <param name="completionTimeout">How long a read of host memory may take.</param>
    public PciFunction(IDevice device, Timeline timeline, Tracer tracer, Duration completionTimeout)
    {
        this.device = device;
        Timeline = timeline;
        Tracer = tracer;
        source = tracer.AddSource($"{device.Identity.Name}.function");
        header = new ConfigHeader(device.Identity);
        msi = new MsiCapability(device.Identity.MsiMessages);
        Configuration = new RegisterFile(ConfigOffset.Size, this, [.. header.Registers, .. msi.Registers]);
        uplink = new Uplink(Counters);
        requester = new Requester(timeline, uplink, completionTimeout);
        reads = new HostReads(requester, header);
        device.Attach(this);
    }

    /// <summary>Where the function sends; null while there is no link.</summary>
    public ILinkSender? Link
    {
        get => uplink.Link;
        set => uplink.Link = value;
    }

    /// <summary>Configuration space, 4 KiB.</summary>
    public RegisterFile Configuration { get; }

    /// <summary>What was done, refused and lost.</summary>
    public FunctionCounters Counters { get; } = new();

    /// <summary>Reads of host memory: in flight, timed out, completions that nobody waited for.</summary>
    public Requester Requester => requester;

    public Timeline Timeline { get; }

    public Tracer Tracer { get; }

    public int MaxPayloadSize => 256;

    public int MaxReadRequestSize => 512;

    public int GrantedMessages => msi.Granted;

    public ulong MessagesSent => Counters.MessagesSent;

    public event Action? MessagesChanged;

    /// <summary>Power-on state: configuration space, the device, and nothing in flight. Counters stay.</summary>
    public void Reset()
    {
        Counters.Resets++;
        Configuration.Reset();
        requester.FailAll(RequestOutcome.LinkDown);
        device.Reset();
    }

    /// <summary>The link is gone: a function loses its state with it (PCI Express Base Specification 6.6.1).</summary>
    public void LinkWentDown(LinkDown down) => Reset();

    public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.Completion)
        {
            requester.Complete(tlp, payload);
            return;
        }
        if (tlp.Address % 4 != 0 || tlp.Length <= 0 || tlp.Length % 4 != 0 || (tlp.HasPayload && payload.Length != tlp.Length))
        {
            Counters.Malformed++;
            Refuse(tlp, CompletionStatus.UnsupportedRequest, "malformed");
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
                Counters.Malformed++;
                Refuse(tlp, CompletionStatus.UnsupportedRequest, "of a kind that no device takes");
                break;
        }
    }

    public bool WriteHost(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (!MayMaster()) return false;
        uplink.Send(Tlp.Request(TlpKind.MemoryWrite, address, bytes.Length), bytes);
        return true;
    }

    public bool ReadHost(ulong address, int length, IReadCompleter completer, int cookie)
    {
        if (!MayMaster()) return false;
        if (reads.TryRead(address, length, completer, cookie)) return true;
        Counters.ReadsExhausted++;
        return false;
    }

    public MessageOutcome RaiseMessage(int message)
    {
        var granted = msi.Granted;
        if (granted == 0 || !header.BusMaster)
        {
            Counters.MessagesLost++;
            Tracer.Record(TraceKind.InterruptMasked, source, message, 0);
            return MessageOutcome.Lost;
        }
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)message, (uint)granted, nameof(message));
        if (!msi.IsMasked(message))
        {
            SendMessage(message);
            return MessageOutcome.Sent;
        }
        if (!msi.SetPending(message))
        {
            Counters.MessagesCollapsed++;
            return MessageOutcome.Collapsed;
        }
        Counters.MessagesPending++;
        Tracer.Record(TraceKind.InterruptMasked, source, message, 1);
        return MessageOutcome.Pending;
    }

    private void ReceiveConfig(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Address >= ConfigOffset.Size || tlp.Length != 4)
        {
            Counters.BadConfigRequests++;
            Refuse(tlp, CompletionStatus.UnsupportedRequest, "outside configuration space");
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
        var bar = header.Decode(tlp.Address, out var offset);
        if (bar < 0)
        {
            Counters.Undecoded++;
            Refuse(tlp, CompletionStatus.UnsupportedRequest,
                header.MemorySpace ? "at an address that no BAR decodes" : "while Memory Space is off");
        }
        else if (!header.Fits(bar, offset, tlp.Length))
        {
            Counters.AcrossBarEnd++;
            Refuse(tlp, CompletionStatus.UnsupportedRequest, "across the end of a BAR");
        }
        else if (tlp.Length > LongestRegisterAccess)
        {
            Counters.TooLong++;
            Refuse(tlp, CompletionStatus.CompleterAbort, "longer than the two DWs that registers take");
        }
        else if (tlp.Kind == TlpKind.MemoryRead)
        {
            ReadRegisters(tlp, bar, offset);
        }
        else
        {
            WriteRegisters(tlp, payload, bar, offset);
        }
    }

    private void ReadRegisters(in Tlp tlp, int bar, uint offset)
    {
        Span<byte> bytes = stackalloc byte[LongestRegisterAccess];
        for (var i = 0; i < tlp.Length; i += 4)
        {
            var value = device.ReadBar(bar, offset + (uint)i, i == 0 ? tlp.FirstByteEnables : tlp.LastByteEnables);
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
            device.WriteBar(bar, offset + (uint)i, value, enables);
        }
    }

    // A read is answered by a completion that says no; a write is posted and dropped.
    private void Refuse(in Tlp tlp, CompletionStatus status, string why)
    {
        Tracer.Record(TraceKind.RequestRefused, source, (long)tlp.Address, (long)status);
        if (Log.IsDebugEnabled)
            Log.Debug("{Kind} of {Length} bytes at 0x{Address:X} refused: {Why}.", tlp.Kind, tlp.Length, tlp.Address, why);
        if (!tlp.IsNonPosted) return;
        if (status == CompletionStatus.CompleterAbort) header.Record(StatusError.SignaledTargetAbort);
        uplink.Send(Tlp.CompletionOf(tlp, status), default);
    }

    private bool MayMaster()
    {
        if (header.BusMaster) return true;
        Counters.BusMasterDisabled++;
        return false;
    }

    private void SendMessage(int message)
    {
        Counters.MessagesSent++;
        Tracer.Record(TraceKind.InterruptSent, source, message, (long)msi.Address);
        Span<byte> data = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(data, msi.DataOf(message));
        uplink.Send(Tlp.Request(TlpKind.MemoryWrite, msi.Address, data.Length), data);
    }

    void IRegisterOwner.Refresh(Register register)
    {
        // Nothing in configuration space is computed.
    }

    void IRegisterOwner.WasRead(Register register)
    {
        // Nothing in configuration space acts on being read.
    }

    void IRegisterOwner.WasWritten(Register register, uint before, uint written)
    {
        switch (register.Offset)
        {
            case ConfigOffset.CommandStatus or ConfigOffset.MsiControl or ConfigOffset.MsiMask when register.Value != before:
                Counters.MessagesLost += (ulong)msi.ForgetUngranted();
                SendUnmasked();
                MessagesChanged?.Invoke();
                break;
        }
    }

    // PCI Express Base Specification 7.7.1.8: a masked message records one pending bit however often it fires, and goes once when
    // unmasked.
    private void SendUnmasked()
    {
        if (msi.Granted == 0 || !header.BusMaster) return;
        while (msi.TakeUnmasked() is >= 0 and var message) SendMessage(message);
    }

    private static long Place(int bar, uint offset) => (long)bar << 56 | offset;
}
