namespace Pcie.Pci;

/// <summary>Completion status (PCI Express Base Specification 2.2.9). Values are the specification's.</summary>
public enum CompletionStatus : byte
{
    /// <summary>SC: the data, if any was asked for, is there.</summary>
    Successful = 0,

    /// <summary>UR: nobody decodes that address, or decoding is switched off. The requester sees all-ones.</summary>
    UnsupportedRequest = 1,

    /// <summary>CA: decoded, but the device could not or would not carry it out. The requester sees all-ones.</summary>
    CompleterAbort = 4,
}
