using Google.Protobuf;
using Pcie.Control.Wire;
using Pcie.Emulator.Function;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Pci.Messages;

namespace Pcie.Emulator.Control;

/// <summary>What a window on the link has, as the control service sends it: decoded, a completion with what it answers.</summary>
internal sealed class CapturedTlps(TlpCapture capture, PciFunction function)
{
    private const int Tags = 1024;

    // By the direction of the request. Of two windows the second may have the completion of a request that came between.
    private readonly Tlp[][] asked = [new Tlp[Tags], new Tlp[Tags]];

    /// <summary>Takes what has passed; the engine stands still.</summary>
    public TlpWindow Take()
    {
        var window = new TlpWindow();
        foreach (var recorded in capture.Take()) window.Tlps.Add(Describe(recorded));
        window.FromHost = (ulong)capture.Passed(LinkDirection.HostToDevice);
        window.FromDevice = (ulong)capture.Passed(LinkDirection.DeviceToHost);
        return window;
    }

    private CapturedTlp Describe(in RecordedTlp recorded)
    {
        var (tlp, fromDevice) = (recorded.Tlp, recorded.Direction == LinkDirection.DeviceToHost);
        var request = tlp;
        if (tlp.IsNonPosted) asked[(int)recorded.Direction][tlp.Tag % Tags] = tlp;
        else if (tlp.Kind == TlpKind.Completion)
        {
            ref var open = ref asked[(int)(fromDevice ? LinkDirection.HostToDevice : LinkDirection.DeviceToHost)][tlp.Tag % Tags];
            (request, open) = (open, default);
        }
        return new CapturedTlp
        {
            Number = (ulong)recorded.Number,
            FromDevice = fromDevice,
            Name = TlpNames.Of(tlp),
            SentNs = tlp.SentAt.Nanoseconds,
            Address = request.Address,
            Length = (uint)tlp.Length,
            Tag = tlp.Tag,
            FirstByteEnables = tlp.FirstByteEnables,
            LastByteEnables = tlp.LastByteEnables,
            Status = tlp.Kind == TlpKind.Completion ? TlpNames.Of(tlp.Status) : "",
            What = request.Kind == 0 ? "" : fromDevice == (tlp.Kind != TlpKind.Completion) ? NameInHost(request) : function.NameOf(request),
            Payload = ByteString.CopyFrom(recorded.Payload.Span),
        };
    }

    private static string NameInHost(in Tlp request) => request.Kind == TlpKind.Message ? TlpNames.OfMessage(request)
        : request.Kind == TlpKind.MemoryWrite && request.Length == 4 && MsiAddress.IsMessage(request.Address)
            ? $"MSI to CPU {MsiAddress.ProcessorOf(request.Address)}" : "host memory";
}
