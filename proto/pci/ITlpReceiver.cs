
namespace Pcie.Pci;

/// <summary>The transaction layer of one side, as the session below it sees it.</summary>
public interface ITlpReceiver
{
    /// <summary>A TLP has arrived; the timeline stands at its arrival. The payload is valid only during the call.</summary>
    void Receive(in Tlp tlp, ReadOnlySpan<byte> payload);

    /// <summary>The link went down: surprise removal, unless the run was over.</summary>
    void LinkWentDown(LinkDown down);
}
