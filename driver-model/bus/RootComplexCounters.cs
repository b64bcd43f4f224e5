namespace Pcie.DriverModel.Bus;

/// <summary>What crossed the root complex, and what it refused.</summary>
public sealed class RootComplexCounters
{
    /// <summary>Reads of BARs and configuration space.</summary>
    public long Reads { get; internal set; }

    /// <summary>Posted writes to BARs.</summary>
    public long Writes { get; internal set; }

    /// <summary>Accesses that ended with all-ones: refused, timed out, or the device gone.</summary>
    public long FailedReads { get; internal set; }

    /// <summary>MSI messages delivered to a local APIC.</summary>
    public long Messages { get; internal set; }

    /// <summary>Writes into the MSI window that are no message: not one DW, or to a processor that is not there.</summary>
    public long BadMessages { get; internal set; }

    /// <summary>Assertions and deassertions of the device's interrupt line, which leads nowhere.</summary>
    public long LineMessages { get; internal set; }

    /// <summary>Requests of a kind that an endpoint may not send.</summary>
    public long Refused { get; internal set; }
}
