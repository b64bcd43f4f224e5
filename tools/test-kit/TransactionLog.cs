using System.Globalization;
using System.Text;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.TestKit;

/// <summary>The last transactions of a bench, for the text of a failed expectation.</summary>
/// <param name="most">How many.</param>
/// <param name="nameOf">What a request of the host is about; null if it has no name.</param>
internal sealed class TransactionLog(int most, TransactionLog.Naming nameOf)
{
    private const int BytesShown = 8;

    private readonly Queue<string> lines = new();
    private readonly string?[] asked = new string?[Requester.MaxOutstanding];

    public delegate string? Naming(in Tlp request);

    public void Add(SimTime at, bool fromHost, in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (lines.Count == most) lines.Dequeue();
        var name = NameOf(fromHost, tlp);
        var what = tlp.Kind == TlpKind.Completion
            ? string.Create(CultureInfo.InvariantCulture, $"{"Cpl",-5} {tlp.Status,-19} tag {tlp.Tag,-3}")
            : tlp.Kind == TlpKind.Message ? $"{TlpNames.Of(tlp),-5} {TlpNames.OfMessage(tlp)}"
            : string.Create(CultureInfo.InvariantCulture,
                $"{Name(tlp.Kind),-5} 0x{tlp.Address:X8} {tlp.Length,5} B{(tlp.IsNonPosted ? $"  tag {tlp.Tag,-3}" : "")}");
        var data = payload.IsEmpty ? ""
            : $"  {Convert.ToHexString(payload[..Math.Min(payload.Length, BytesShown)])}{(payload.Length > BytesShown ? "…" : "")}";
        lines.Enqueue($"{at}  {(fromHost ? "host  " : "device")}  {what}{data}{(name is null ? "" : $"  {name}")}".TrimEnd());
    }

    public void AppendTo(StringBuilder text)
    {
        text.Append(lines.Count == 0 ? "  no transaction yet" : $"  the last {lines.Count} transactions:");
        foreach (var line in lines) text.Append("\n    ").Append(line);
    }

    // A completion is about what was asked for.
    private string? NameOf(bool fromHost, in Tlp tlp)
    {
        if (!fromHost) return tlp.Kind == TlpKind.Completion && tlp.Tag < asked.Length ? asked[tlp.Tag] : null;
        var name = nameOf(tlp);
        if (tlp.IsNonPosted) asked[tlp.Tag] = name;
        return name;
    }

    private static string Name(TlpKind kind) => kind switch
    {
        TlpKind.ConfigRead => "CfgRd",
        TlpKind.ConfigWrite => "CfgWr",
        TlpKind.MemoryRead => "MRd",
        _ => "MWr",
    };
}
