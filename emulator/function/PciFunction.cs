using System.Buffers.Binary;
using NLog;
using Pcie.Control.Wire;
using Pcie.Emulator.Device;
using Pcie.Emulator.Function.Capabilities;
using Pcie.Emulator.Function.Configuration;
using Pcie.Emulator.Registers;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Trace;

namespace Pcie.Emulator.Function;

/// <summary>
/// A PCI Express function around a card's own logic, as the host's requests find it: configuration space, decoding of BARs, resets. As
/// strict as silicon: what is not enabled does not happen, and is counted. docs/fidelity.md lists where it is not.
/// <code>
/// session ──► PciFunction ──► IDevice ──► DevicePort ──► session
/// </code>
/// </summary>
/// <remarks>Taking and answering a request allocates nothing.</remarks>
public sealed class PciFunction : ITlpReceiver
{
    // A register is reached by one or two DWs: longer bursts are refused (2.3.1: a completer may abort what breaks its
    // programming model).
    private const int LongestRegisterAccess = 8;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly DevicePort port;
    private readonly IDevice device;
    private readonly ConfigurationSpace space;
    private readonly MsixCapability? msix;
    private readonly FunctionCounters counters;
    private readonly Tracer tracer;
    private readonly uint source;
    private ulong refusedForFaults;

    /// <param name="port">Of this function.</param>
    /// <param name="device">The card's logic, made with the port.</param>
    public PciFunction(DevicePort port, IDevice device)
    {
        (this.port, this.device) = (port, device);
        (space, counters, tracer, source) = (port.Space, port.Counters, port.Tracer, port.Source);
        msix = space.Msix;
        space.MessagesChanged += MessagesChanged;
        space.PowerReset += PowerReset;
        space.FunctionLevelReset += FunctionLevelReset;
    }

    /// <summary>Configuration space, 4 KiB.</summary>
    public RegisterFile Configuration => space.Registers;

    /// <summary>What was done, refused and lost.</summary>
    public FunctionCounters Counters => counters;

    /// <summary>Every counter by name, those of reads and of configuration space included.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        .. Counters.All,
        new("function.completion-timeouts", (ulong)Requester.TimedOut),
        new("function.unexpected-completions", (ulong)Requester.UnexpectedCompletions),
        new("function.configuration-unmapped-writes", Configuration.UnmappedWrites),
        new("function.configuration-reserved-writes", Configuration.ReservedWrites),
    ];

    /// <summary>Reads of host memory: in flight, timed out, completions that nobody waited for.</summary>
    public Requester Requester => port.Requester;

    /// <summary>What each message that the card may raise now is doing.</summary>
    public IEnumerable<MessageState> Messages => port.Messages.States;

    /// <summary>
    /// Power-on state, but for sticky registers: configuration space, the device, and nothing in flight (PCI Express Base
    /// Specification 6.6.1). Counters stay.
    /// </summary>
    public void Reset()
    {
        counters.Resets++;
        // 6.6.2: what was asserted is deasserted first.
        port.Line.Drive(false);
        space.Reset();
        device.Reset();
        // The device has forgotten them already: that they end so is no error of its own.
        Requester.FailAll(RequestOutcome.LinkDown);
    }

    /// <summary>As <see cref="Reset"/>, but what survives a function-level reset stays (6.6.2).</summary>
    public void FunctionLevelReset()
    {
        counters.FunctionLevelResets++;
        space.Express.ThroughFunctionLevelReset(Reset);
    }

    /// <summary>The link is gone: a function loses its state with it (PCI Express Base Specification 6.6.1).</summary>
    public void LinkWentDown(LinkDown down) => Reset();

    public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.Completion)
        {
            if (Requester.Complete(tlp, payload))
            {
                // The other end reports a read that it refused; here it is in Status.
                if (tlp.Status is CompletionStatus.UnsupportedRequest or CompletionStatus.CompleterAbort) port.Errors.ReadRefused(tlp.Status);
                return;
            }
            var level = Repeated.At(LogLevel.Info, (ulong)Requester.UnexpectedCompletions);
            if (Log.IsEnabled(level))
                Log.Log(level, "Completion of {Length} bytes with tag {Tag}, for which nothing waits: ignored.", tlp.Length, tlp.Tag);
            port.Errors.Detected(FunctionError.UnexpectedCompletion, tlp);
            return;
        }
        if (tlp.Address % 4 != 0 || tlp.Length <= 0 || tlp.Length % 4 != 0 || (tlp.HasPayload && payload.Length != tlp.Length))
        {
            Discard(tlp, "its address, length and payload do not go together");
            return;
        }
        // 2.2.2: who receives must check that no payload is longer than Max_Payload_Size. Completions come whole here (docs/fidelity.md).
        if (tlp.Kind == TlpKind.MemoryWrite && tlp.Length > port.MaxPayloadSize)
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

    /// <summary>What a request of the host's means, for a person: a register by its name. Empty if nothing of the function's is there.</summary>
    public string NameOf(in Tlp request)
    {
        if (request.Kind is TlpKind.ConfigRead or TlpKind.ConfigWrite)
            return request.Address < ConfigOffset.Size && Configuration.Find((uint)request.Address) is { } register
                ? $"config {register.Name}" : "config";
        var bar = space.Header.Decode(request.Address, out var offset);
        return bar < 0 ? "" : bar == msix?.Bar ? $"BAR {bar} MSI-X table" : $"BAR {bar} {device.NameOf(bar, offset) ?? $"+ 0x{offset:x3}"}";
    }

    private void ReceiveConfig(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Address >= ConfigOffset.Size || tlp.Length != 4)
        {
            Refuse(tlp, CompletionStatus.UnsupportedRequest, ++counters.BadConfigRequests, "outside configuration space, or longer than a DW");
            return;
        }
        var offset = (uint)tlp.Address;
        if (tlp.Kind == TlpKind.ConfigRead)
        {
            Span<byte> bytes = stackalloc byte[4];
            BinaryPrimitives.WriteUInt32LittleEndian(bytes, Configuration.Read(offset, tlp.FirstByteEnables));
            port.Link.Send(Tlp.CompletionOf(tlp, CompletionStatus.Successful), bytes);
            return;
        }
        var value = BinaryPrimitives.ReadUInt32LittleEndian(payload) & ByteEnables.ToMask(tlp.FirstByteEnables);
        tracer.Record(TraceKind.ConfigWritten, source, offset, value);
        Configuration.Write(offset, value, tlp.FirstByteEnables);
        port.Link.Send(Tlp.CompletionOf(tlp, CompletionStatus.Successful), default);
    }

    private void ReceiveMemory(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        // 5.3.1.4.1: in D3hot a function takes configuration requests and messages alone.
        if (!space.Power.IsD0)
        {
            Refuse(tlp, CompletionStatus.UnsupportedRequest, ++counters.InLowPower, "while the function is in D3hot");
            return;
        }
        var bar = space.Header.Decode(tlp.Address, out var offset);
        if (bar < 0)
            Refuse(tlp, CompletionStatus.UnsupportedRequest, ++counters.Undecoded,
                space.Header.MemorySpace ? "at an address that no BAR decodes" : "while Memory Space is off");
        else if (!space.Header.Fits(bar, offset, tlp.Length))
            Refuse(tlp, CompletionStatus.UnsupportedRequest, ++counters.AcrossBarEnd, "across the end of a BAR", bar, offset);
        else if (tlp.Length > LongestRegisterAccess)
            Refuse(tlp, CompletionStatus.CompleterAbort, ++counters.TooLong, "longer than the two DWs that registers take", bar, offset);
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
            counters.RegisterReads++;
            tracer.Record(TraceKind.RegisterRead, source, Place(bar, offset + (uint)i), value);
            if (IsRefused(tlp, bar, offset + (uint)i)) return;
        }
        port.Link.Send(Tlp.CompletionOf(tlp, CompletionStatus.Successful), bytes[..tlp.Length]);
    }

    private void WriteRegisters(in Tlp tlp, ReadOnlySpan<byte> payload, int bar, uint offset)
    {
        for (var i = 0; i < tlp.Length; i += 4)
        {
            var enables = i == 0 ? tlp.FirstByteEnables : tlp.LastByteEnables;
            var value = BinaryPrimitives.ReadUInt32LittleEndian(payload[i..]) & ByteEnables.ToMask(enables);
            counters.RegisterWrites++;
            tracer.Record(TraceKind.RegisterWritten, source, Place(bar, offset + (uint)i), value);
            if (bar != msix?.Bar) device.WriteBar(bar, offset + (uint)i, value, enables);
            else if (msix.Table.Write(offset + (uint)i, value, enables)) port.Messages.Changed();
            if (IsRefused(tlp, bar, offset + (uint)i)) return;
        }
    }

    // By the logic behind the BAR, which has just been asked; then it is refused as a whole.
    private bool IsRefused(in Tlp tlp, int bar, uint offset)
    {
        if (bar == msix?.Bar || device.LastAccess is var status && status == CompletionStatus.Successful) return false;
        Refuse(tlp, status, ++counters.RefusedByLogic, "by the card's logic", bar, offset);
        return true;
    }

    // A read is answered by a completion that says no; a write is posted and dropped.
    private void Refuse(in Tlp tlp, CompletionStatus status, ulong count, string why, int bar = -1, uint offset = 0)
    {
        tracer.Record(TraceKind.RequestRefused, source, (long)tlp.Address, (long)status);
        var level = Repeated.At(LogLevel.Info, count);
        if (Log.IsEnabled(level))
            Log.Log(level, "{Kind} of {Length} bytes at 0x{Address:X}{Register} refused with {Status}: {Why}.",
                tlp.Kind, tlp.Length, tlp.Address, bar < 0 ? "" : $", {NameOf(bar, offset)},", status, why);
        port.Errors.Detected(
            status == CompletionStatus.CompleterAbort ? FunctionError.CompleterAbort : FunctionError.UnsupportedRequest, tlp);
        if (tlp.IsNonPosted) port.Link.Send(Tlp.CompletionOf(tlp, status), default);
    }

    // 2.3: a malformed packet is discarded, and nobody is told but by the error.
    private void Discard(in Tlp tlp, string why)
    {
        counters.Malformed++;
        tracer.Record(TraceKind.RequestRefused, source, (long)tlp.Address, -1);
        var level = Repeated.At(LogLevel.Info, counters.Malformed);
        if (Log.IsEnabled(level))
            Log.Log(level, "{Kind} of {Length} bytes at 0x{Address:X} is malformed and discarded: {Why}.", tlp.Kind, tlp.Length, tlp.Address, why);
        port.Errors.Detected(FunctionError.MalformedTlp, tlp);
    }

    // For a person: which register an access meant.
    private string NameOf(int bar, uint offset) =>
        $"BAR {bar}+0x{offset:X} ({(bar == msix?.Bar ? "the MSI-X table" : device.NameOf(bar, offset) ?? "no register")})";

    private void MessagesChanged()
    {
        port.Messages.Changed();
        port.Line.Update();
        device.MessagesChanged();
    }

    private void PowerReset()
    {
        counters.PowerResets++;
        Reset();
    }

    private static long Place(int bar, uint offset) => (long)bar << 56 | offset;
}
