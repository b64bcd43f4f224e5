using Pcie.Emulator.Function;
using Pcie.Pci;

namespace Pcie.Emulator.Faults;

/// <summary>
/// Hits what comes in: reads of the host are refused or never answered, completions for the card spoilt. On a link that is down nothing comes in.
/// </summary>
internal sealed class RequestFaults(PciFunction function, FaultyUplink uplink) : ITlpReceiver
{
    private readonly BreakableLink link = uplink.Link;
    private readonly ArmedFaults armed = uplink.Armed;

    public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (link.IsDown)
        {
            // 2.9.1: the port above a link that is down answers requests in the place of what is below.
            if (tlp.IsNonPosted) uplink.Session.Send(Tlp.CompletionOf(tlp, CompletionStatus.UnsupportedRequest), default);
            else link.Lose();
            return;
        }
        if (tlp.Kind == TlpKind.MemoryRead)
        {
            if (armed.Take(FaultKind.NoCompletion, (long)tlp.Address) is not null) return;
            if (armed.Take(FaultKind.CompletionError, (long)tlp.Address) is { } error)
            {
                function.Refuse(tlp, error.Status);
                return;
            }
        }
        if (tlp.Kind == TlpKind.Completion && tlp.Length > 0 && armed.Take(FaultKind.DmaReadError, tlp.Tag) is { } failed)
            function.Receive(tlp with { Status = failed.Status, Length = 0 }, default);
        else function.Receive(tlp, payload);
    }

    public void LinkWentDown(LinkDown down) => function.LinkWentDown(down);
}
