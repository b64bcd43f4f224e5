namespace Pcie.Emulator.Function.Configuration;

/// <summary>Errors that the Status register records (PCI Express Base Specification 7.5.1.1.4), as their bits.</summary>
public enum StatusError : uint
{
    SignaledTargetAbort = 1u << 27,
    ReceivedTargetAbort = 1u << 28,
    ReceivedMasterAbort = 1u << 29,
    SignaledSystemError = 1u << 30,
}
