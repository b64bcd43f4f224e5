using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Pci;

namespace Pcie.Emu.Listing;

/// <summary>A TLP as a line of a listing, in the words of a bus analyser.</summary>
internal static class TlpLine
{
    /// <summary>What stands above the columns.</summary>
    public const string Header = "     no.  time                   TLP    tag  address                 bytes  what";

    /// <param name="map">Has learnt it.</param>
    /// <param name="bytes">Most bytes of payload to show.</param>
    public static string Of(in RecordedTlp recorded, BusMap map, int bytes)
    {
        var tlp = recorded.Tlp;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture,
            $"{NumberOf(recorded),8}  {tlp.SentAt}  {(recorded.Direction == LinkDirection.HostToDevice ? '→' : '←')}  {TlpNames.Of(tlp),-6} ");
        var address = AddressOf(tlp, map.IsConfig(recorded));
        text.Append(CultureInfo.InvariantCulture, $"{(tlp.HasTag ? tlp.Tag : ""),3}  {address,-18} {tlp.Length,10:#,0}  ");
        text.Append(map.NameOf(recorded));
        if (EnablesOf(tlp) is { } enables) text.Append(CultureInfo.InvariantCulture, $" [{enables}]");
        if (tlp.Status != CompletionStatus.Successful) text.Append(CultureInfo.InvariantCulture, $" {TlpNames.Of(tlp.Status)}");
        AppendPayload(text, recorded, bytes);
        return text.ToString();
    }

    /// <summary>Which one of its direction: H12 is the host's twelfth, D12 the device's.</summary>
    public static string NumberOf(in RecordedTlp recorded) => string.Create(CultureInfo.InvariantCulture,
        $"{(recorded.Direction == LinkDirection.HostToDevice ? 'H' : 'D')}{recorded.Number}");

    /// <summary>The byte enables, if not every byte is meant: those of the first and the last DW, lowest address last; null if all are.</summary>
    public static string? EnablesOf(in Tlp tlp) =>
        tlp.Kind is TlpKind.Completion or TlpKind.Message || (tlp.FirstByteEnables == 0xF && (tlp.Length == 4 || tlp.LastByteEnables == 0xF)) ? null
        : tlp.Length == 4 ? $"be {tlp.FirstByteEnables:b4}"
        : $"be {tlp.FirstByteEnables:b4} {tlp.LastByteEnables:b4}";

    /// <param name="isConfig">Whether it is of configuration space.</param>
    public static string AddressOf(in Tlp tlp, bool isConfig) => isConfig ? $"0x{tlp.Address:x3}"
        : tlp.Address > uint.MaxValue ? $"0x{tlp.Address:x16}" : $"0x{tlp.Address:x8}";

    // Registers as numbers, everything else as bytes in the order of addresses.
    private static void AppendPayload(StringBuilder text, in RecordedTlp recorded, int bytes)
    {
        if (!recorded.Tlp.HasPayload) return;
        var payload = recorded.Payload.Span;
        text.Append(' ', 2);
        if (recorded.Hash is null && payload.Length is 4 or 8 && bytes >= payload.Length)
        {
            text.Append(payload.Length == 4
                ? $"= 0x{BinaryPrimitives.ReadUInt32LittleEndian(payload):x8}" : $"= 0x{BinaryPrimitives.ReadUInt64LittleEndian(payload):x16}");
            return;
        }
        var shown = Math.Min(payload.Length, bytes);
        for (var i = 0; i < shown; i++) text.Append(CultureInfo.InvariantCulture, $"{(i > 0 && i % 4 == 0 ? " " : "")}{payload[i]:x2}");
        if (shown < recorded.Tlp.Length) text.Append(shown > 0 ? " …" : "…");
    }
}
