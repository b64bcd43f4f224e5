namespace Pcie.Pci;

/// <summary>Why a link is down.</summary>
/// <param name="Reason">Whether it was meant.</param>
/// <param name="Message">What happened, for a person.</param>
public sealed record LinkDown(LinkDownReason Reason, string Message);

public enum LinkDownReason
{
    /// <summary>The host detached in good order.</summary>
    Detached,

    /// <summary>The other side went away without a word: surprise removal.</summary>
    PeerGone,

    /// <summary>The other side said something that the protocol does not allow.</summary>
    ProtocolError,
}
