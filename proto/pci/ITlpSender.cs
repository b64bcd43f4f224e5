namespace Pcie.Pci;

/// <summary>What the transaction layer of one side sends through.</summary>
public interface ITlpSender
{
    /// <summary>Sends a TLP, stamped with the time of the timeline, behind everything sent before.</summary>
    /// <param name="tlp">Its <see cref="Tlp.SentAt"/> and <see cref="Tlp.PayloadOffset"/> are set here.</param>
    /// <param name="payload">Copied before the call returns.</param>
    void Send(in Tlp tlp, ReadOnlySpan<byte> payload);
}
