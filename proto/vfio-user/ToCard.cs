using Pcie.Link;
using Pcie.Pci;

namespace Pcie.VfioUser;

/// <summary>What the card gets next: requests of the guest, and the answers to its own.</summary>
internal sealed class ToCard(FramePool pool)
{
    private Frame frame = pool.Rent();

    /// <summary>TLPs that wait to be taken.</summary>
    public int Count => frame.Count;

    /// <summary>Whether there is room for a TLP, and for one with so many bytes.</summary>
    public bool HasRoom(int payload) => frame.Count < Frame.MaxTlps && payload <= Frame.MaxPayload - frame.PayloadLength;

    /// <returns>The place for the payload, to be filled at once.</returns>
    public Span<byte> Add(in Tlp tlp) => frame.Add(tlp);

    public void Add(in Tlp tlp, ReadOnlySpan<byte> payload) => frame.Add(tlp, payload);

    /// <returns>Null if there is nothing.</returns>
    public Frame? Take()
    {
        if (frame.Count == 0) return null;
        var taken = frame;
        frame = pool.Rent();
        return taken;
    }
}
