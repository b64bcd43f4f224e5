namespace Pcie.Link.Grpc.Device;

/// <summary>What became of a host that wanted to attach.</summary>
public enum AttachOutcome
{
    /// <summary>A session began.</summary>
    Attached,

    /// <summary>A session ended: the host detached.</summary>
    Detached,

    /// <summary>A session ended: the host went away without a word, or this process ended it.</summary>
    PeerGone,

    /// <summary>A session ended: the host broke the protocol.</summary>
    ProtocolError,

    /// <summary>Refused: another protocol version.</summary>
    RefusedVersion,

    /// <summary>Refused: a clock mode that is none.</summary>
    RefusedClockMode,

    /// <summary>Refused: the first message was no hello, or one with a field out of range.</summary>
    RefusedHello,

    /// <summary>Refused: another host owns the card.</summary>
    RefusedOwned,

    /// <summary>A session went on over another connection.</summary>
    Resumed,

    /// <summary>Refused: a session to go on with that is over, or is not the host's.</summary>
    RefusedResume,

    /// <summary>Refused: the call was open for a while and nobody said hello.</summary>
    RefusedSilent,

    /// <summary>Refused: too many calls were open at once.</summary>
    RefusedCrowded,

    /// <summary>Refused: no TLS, or no certificate that is trusted.</summary>
    RefusedCertificate,

    /// <summary>A connection was closed to make room for another one; it carried no session.</summary>
    ConnectionClosed,
}
