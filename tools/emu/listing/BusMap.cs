using System.Buffers.Binary;
using System.Globalization;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Pci.Config;
using Pcie.Pci.Messages;

namespace Pcie.Emu.Listing;

/// <summary>
/// Says what is at the addresses of a session, from the session itself: where the host has placed the BARs, which request a completion answers.
/// Registers have names if the card is one of ours, or a file names them.
/// </summary>
/// <param name="registers">Null if they are not known.</param>
internal sealed class BusMap(CardRegisters? registers)
{
    private readonly Tlp[][] asked = [new Tlp[1024], new Tlp[1024]];
    private readonly uint[] written = new uint[ConfigLayout.Bars];
    private readonly uint[] sized = new uint[ConfigLayout.Bars];

    /// <summary>Takes notice of a TLP. Those of a direction come in order, a request before what answers it.</summary>
    public void Learn(in RecordedTlp recorded)
    {
        var tlp = recorded.Tlp;
        if (tlp.IsNonPosted) asked[(int)recorded.Direction][tlp.Tag] = tlp;
        if (tlp.Kind == TlpKind.ConfigWrite && BarAt(tlp.Address) is { } bar && recorded.Payload.Length == 4)
            written[bar] = BinaryPrimitives.ReadUInt32LittleEndian(recorded.Payload.Span);
        if (tlp.Kind == TlpKind.Completion && recorded.Payload.Length == 4 && RequestOf(recorded) is { Kind: TlpKind.ConfigRead } request
            && BarAt(request.Address) is { } read && written[read] == BarValue.Sizing)
            sized[read] = BinaryPrimitives.ReadUInt32LittleEndian(recorded.Payload.Span);
    }

    /// <summary>The request that a completion answers; null if none of its tag was seen.</summary>
    public Tlp? RequestOf(in RecordedTlp completion)
    {
        var way = completion.Direction == LinkDirection.HostToDevice ? LinkDirection.DeviceToHost : LinkDirection.HostToDevice;
        var request = asked[(int)way][completion.Tlp.Tag];
        return request.Kind == 0 ? null : request;
    }

    /// <summary>Whether it is a configuration request, or answers one.</summary>
    public bool IsConfig(in RecordedTlp recorded) =>
        (recorded.Tlp.Kind == TlpKind.Completion ? RequestOf(recorded)?.Kind : recorded.Tlp.Kind) is TlpKind.ConfigRead or TlpKind.ConfigWrite;

    /// <summary>What is at the address that a TLP is about, for a person; empty if that is not known.</summary>
    public string NameOf(in RecordedTlp recorded)
    {
        var (tlp, direction) = (recorded.Tlp, recorded.Direction);
        if (tlp.Kind != TlpKind.Completion) return NameOf(tlp, direction);
        return RequestOf(recorded) is { } request
            ? NameOf(request, direction == LinkDirection.HostToDevice ? LinkDirection.DeviceToHost : LinkDirection.HostToDevice)
            : "answers no request";
    }

    private string NameOf(in Tlp tlp, LinkDirection direction)
    {
        if (tlp.Kind is TlpKind.ConfigRead or TlpKind.ConfigWrite)
            return registers?.Configuration?.NameOf(0, (uint)tlp.Address) is { } name ? $"config {name}" : "config";
        if (direction == LinkDirection.DeviceToHost)
            return tlp.Kind == TlpKind.Message ? TlpNames.OfMessage(tlp)
                : tlp.Kind == TlpKind.MemoryWrite && tlp.Length == 4 && MsiAddress.IsMessage(tlp.Address)
                ? string.Create(CultureInfo.InvariantCulture, $"MSI to CPU {MsiAddress.ProcessorOf(tlp.Address)}")
                : "host memory";
        for (var bar = 0; bar < ConfigLayout.Bars; bar++)
        {
            if (sized[bar] == 0) continue;
            var wide = BarValue.Is64Bit(sized[bar]) && bar + 1 < ConfigLayout.Bars;
            var writable = BarValue.Writable(sized[bar], wide ? sized[bar + 1] : null);
            var start = BarValue.Address(written[bar], wide ? written[bar + 1] : 0);
            if (tlp.Address - start <= ~writable) return NameIn(bar, (uint)(tlp.Address - start));
            if (wide) bar++;
        }
        return "no BAR";
    }

    private string NameIn(int bar, uint offset) => registers?.Bars.NameOf(bar, offset) is { } name
        ? string.Create(CultureInfo.InvariantCulture, $"BAR {bar} {name}")
        : string.Create(CultureInfo.InvariantCulture, $"BAR {bar} + 0x{offset:x3}");

    private static int? BarAt(ulong register) =>
        register >= ConfigLayout.Bar0 && register < ConfigLayout.Bar0 + 4 * ConfigLayout.Bars ? (int)(register - ConfigLayout.Bar0) / 4 : null;
}
