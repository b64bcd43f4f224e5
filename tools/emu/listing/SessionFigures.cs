using System.ComponentModel;
using Pcie.Link.Recording;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.Emu.Listing;

/// <summary>A recorded session as JSON.</summary>
[JsonForm("session/1")]
public sealed record SessionFigures : JsonForm
{
    [Description("Who the host was.")]
    public required string Host { get; init; }

    [Description("Who the device was.")]
    public required string Device { get; init; }

    public required ushort VendorId { get; init; }
    public required ushort DeviceId { get; init; }

    [Description("What was done in the session.")]
    public required string Note { get; init; }

    public required Pacing Pacing { get; init; }

    [Description("Of the link, one way; of no meaning by the wall clock.")]
    public required long LatencyNs { get; init; }

    [Description("Bytes that are kept of each payload of the device; null if it is whole.")]
    public required int? PayloadKeptBytes { get; init; }

    public required long HostTlps { get; init; }
    public required long DeviceTlps { get; init; }

    [Description("How the session ended.")]
    public required string LinkDown { get; init; }

    [Description("In the order in which they were sent.")]
    public required IEnumerable<TlpFigures> Tlps { get; init; }

    public static SessionFigures Of(SessionSummary summary, IEnumerable<TlpFigures> tlps)
    {
        var head = summary.Head;
        return new()
        {
            Host = head.HostName, Device = head.DeviceName, VendorId = head.VendorId, DeviceId = head.DeviceId, Note = head.Note,
            Pacing = head.Pacing, LatencyNs = head.Latency.Nanoseconds, PayloadKeptBytes = head.PayloadKept < 0 ? null : head.PayloadKept,
            HostTlps = summary.Requests, DeviceTlps = summary.Speech, LinkDown = summary.Down.Message, Tlps = tlps,
        };
    }
}
