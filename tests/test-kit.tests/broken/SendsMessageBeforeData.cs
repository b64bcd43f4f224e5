using Pcie.Pci;
using Pcie.Pci.Messages;

namespace Pcie.TestKit.Tests.Broken;

/// <summary>The last write of data before a message goes after it.</summary>
internal sealed class SendsMessageBeforeData : BrokenCard
{
    private Tlp held;
    private byte[]? heldPayload;

    public override void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.MemoryWrite && !MsiAddress.IsMessage(tlp.Address))
        {
            Release();
            (held, heldPayload) = (tlp, payload.ToArray());
            return;
        }
        base.Send(tlp, payload);
        if (tlp.Kind == TlpKind.MemoryWrite) Release();
    }

    private void Release()
    {
        if (heldPayload is not null) base.Send(held, heldPayload);
        heldPayload = null;
    }
}
