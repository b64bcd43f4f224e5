namespace Pcie.Link.Grpc.Hello;

/// <summary>What a host's hello gets wrong.</summary>
internal enum HelloFault
{
    /// <summary>It is of another major version.</summary>
    Version,

    /// <summary>Its clock mode is none.</summary>
    ClockMode,

    /// <summary>A field is out of range.</summary>
    Field,
}
