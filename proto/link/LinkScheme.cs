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

    /// <summary>Frames through memory that both processes share; all else as gRPC over the UNIX socket.</summary>
    Shm,

    /// <summary>A device of QEMU's, which the host's process starts for itself.</summary>
    Qtest,

    /// <summary>A PCI function of this machine, by Linux VFIO.</summary>
    Vfio,
}
