namespace Pcie.Link;

/// <summary>The medium of a link.</summary>
public enum LinkScheme
{
    /// <summary>Calls within one process.</summary>
    InProcess,

    /// <summary>gRPC over TCP, not encrypted.</summary>
    Http,

    /// <summary>gRPC over TLS, both sides with certificates.</summary>
    Https,

    /// <summary>gRPC over a UNIX socket.</summary>
    Unix,
}
