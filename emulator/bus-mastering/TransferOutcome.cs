namespace Pcie.Emulator.BusMastering;

/// <summary>How a transfer to or from host memory ended.</summary>
public enum TransferOutcome
{
    /// <summary>Every byte is where it should be; of a posted write: on its way.</summary>
    Done,

    /// <summary>What was asked for cannot be: no whole DWs, or a place that the card has not.</summary>
    Impossible,

    /// <summary>A read was answered with unsupported request: nobody decodes the address.</summary>
    UnsupportedRequest,

    /// <summary>A read was answered with completer abort, or not in time.</summary>
    CompleterAbort,

    /// <summary>Bus Master Enable was off, so that a request could not be sent.</summary>
    BusMasterDisabled,
}
