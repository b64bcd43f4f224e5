namespace Pcie.Pci;

/// <summary>The transaction layer packets that cross the link. Values are those of <c>TlpKind</c> in link.proto.</summary>
public enum TlpKind : byte
{
    /// <summary>CfgRd0: host to device, answered by a completion.</summary>
    ConfigRead = 1,

    /// <summary>CfgWr0: host to device, non-posted: answered by a completion without data.</summary>
    ConfigWrite = 2,

    /// <summary>MRd, either way, answered by a completion.</summary>
    MemoryRead = 3,

    /// <summary>MWr, either way, posted: never answered. An MSI is one of these.</summary>
    MemoryWrite = 4,

    /// <summary>Cpl or CplD: the answer to a read or a configuration write.</summary>
    Completion = 5,

    /// <summary>Msg, device to host, posted: the card's interrupt line has changed. Its <see cref="MessageCode"/> stands in the address.</summary>
    Message = 6,
}
