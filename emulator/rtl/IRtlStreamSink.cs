namespace Pcie.Emulator.Rtl;

/// <summary>Where an RTL card's stream goes.</summary>
public interface IRtlStreamSink
{
    /// <summary>
    /// The next part of a packet. It is taken at once or later, which <see cref="RtlCard.StreamTaken"/> is told; the next comes after that.
    /// </summary>
    /// <param name="bytes">Valid during the call.</param>
    /// <param name="ends">Whether the packet ends here.</param>
    void Offer(ReadOnlySpan<byte> bytes, bool ends);
}
