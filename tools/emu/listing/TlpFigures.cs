using System.ComponentModel;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Pci;

namespace Pcie.Emu.Listing;

/// <summary>A TLP of a session recording as JSON.</summary>
public sealed record TlpFigures
{
    public required LinkDirection Direction { get; init; }

    [Description("Within its direction, from 1.")]
    public required long Number { get; init; }

    public required long TimeNs { get; init; }

    [Description("What it is, in the specification's word: CfgRd0, CfgWr0, MRd, MWr, Cpl, CplD or Msg.")]
    public required string Tlp { get; init; }

    [Description("Null of a memory write or a message, which have none.")]
    public required int? Tag { get; init; }

    [Description("Of a completion: SC, UR or CA; else null.")]
    public required string? Status { get; init; }

    public required string Address { get; init; }
    public required int LengthBytes { get; init; }

    [Description("Of a request: one bit for each byte of the first DW; else null.")]
    public required int? FirstByteEnables { get; init; }

    [Description("The same of the last DW, if there are several.")]
    public required int? LastByteEnables { get; init; }

    [Description("What it is about, as in a listing; null if that is not known here.")]
    public required string? What { get; init; }

    [Description("In hexadecimal, as far as it was kept; null if it has none.")]
    public required string? Payload { get; init; }

    [Description("XXH3 of the whole payload, if it was cut; else null.")]
    public required string? PayloadXxh3 { get; init; }

    public static TlpFigures Of(in RecordedTlp recorded, string? what)
    {
        var tlp = recorded.Tlp;
        var isCompletion = tlp.Kind == TlpKind.Completion;
        var hasEnables = !isCompletion && tlp.Kind != TlpKind.Message;
        return new()
        {
            Direction = recorded.Direction, Number = recorded.Number, TimeNs = tlp.SentAt.Nanoseconds, Tlp = TlpNames.Of(tlp),
            Tag = tlp.HasTag ? tlp.Tag : null, Status = isCompletion ? TlpNames.Of(tlp.Status) : null,
            Address = $"0x{tlp.Address:x}", LengthBytes = tlp.Length, FirstByteEnables = hasEnables ? tlp.FirstByteEnables : null,
            LastByteEnables = hasEnables ? tlp.LastByteEnables : null, What = what,
            Payload = tlp.HasPayload ? Convert.ToHexStringLower(recorded.Payload.Span) : null,
            PayloadXxh3 = recorded.Hash is { } hash ? $"{hash:x16}" : null,
        };
    }
}
