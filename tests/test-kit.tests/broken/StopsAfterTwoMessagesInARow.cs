using Pcie.Pci;
using Pcie.Pci.Messages;
using Pcie.Time;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>Two messages in less than the time of a round trip are its last ones: it waits for an answer that it has missed.</summary>
internal sealed class StopsAfterTwoMessagesInARow : BrokenCard
{
    private static readonly Duration Together = LatencyRange.Default * 2;

    private SimTime last = SimTime.Zero;
    private bool isStuck;

    public override void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.MemoryWrite && MsiAddress.IsMessage(tlp.Address))
        {
            if (isStuck) return;
            isStuck = last != SimTime.Zero && Timeline.Now - last < Together;
            last = Timeline.Now;
        }
        base.Send(tlp, payload);
    }
}
