
namespace Pcie.Pci;

/// <summary>Gets the answer to a non-posted request.</summary>
public interface IRequestCompleter
{
    /// <summary>The request is answered, once and for all.</summary>
    /// <param name="cookie">What the request was made with.</param>
    /// <param name="outcome">How it ended.</param>
    /// <param name="bytes">Read data as it came over the bus, DW-aligned; empty unless successful. Valid only during the call.</param>
    void RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes);
}

/// <summary>How a non-posted request ended. Anything but <see cref="Successful"/> reads as all-ones.</summary>
public enum RequestOutcome : byte
{
    Successful = 0,

    /// <summary>Completion status UR.</summary>
    UnsupportedRequest = 1,

    /// <summary>Completion status CA.</summary>
    CompleterAbort = 4,

    /// <summary>The link is down.</summary>
    LinkDown = 254,

    /// <summary>No completion within the completion timeout (PCI Express Base Specification 2.8).</summary>
    TimedOut = 255,
}
