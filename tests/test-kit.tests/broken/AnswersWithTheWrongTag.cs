using Pcie.Pci;
using Pcie.Time;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>Of completions at the same time, all have the first one's tag.</summary>
internal sealed class AnswersWithTheWrongTag : BrokenCard
{
    private SimTime last = SimTime.Never;
    private ushort tag;

    public override void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.Completion)
        {
            if (Timeline.Now != last) tag = tlp.Tag;
            last = Timeline.Now;
        }
        base.Send(tlp.Kind == TlpKind.Completion ? tlp with { Tag = tag } : tlp, payload);
    }
}
