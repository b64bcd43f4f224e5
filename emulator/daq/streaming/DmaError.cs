using Pcie.Emulator.BusMastering;

namespace Pcie.Emulator.Daq.Streaming;

/// <summary>Why scatter-gather stopped, until DMA_CONTROL.ENABLE is set anew: the values of DMA_ERROR.</summary>
public enum DmaError
{
    /// <summary>It has not.</summary>
    None = 0,

    /// <summary>A descriptor in a place that DMA_TAIL has freed is not the card's.</summary>
    NotOwned = 1,

    /// <summary>A descriptor of no bytes.</summary>
    ZeroLength = 2,

    /// <summary>Memory that is not DW-aligned, or a next descriptor that is not at a multiple of 32.</summary>
    Misaligned = 3,

    /// <summary>The descriptors of a chunk have no room for one, or the first of them none for its header.</summary>
    TooSmall = 4,

    /// <summary>The list ends inside the place of a chunk, or the place has more descriptors than the card holds.</summary>
    Unfinished = 5,

    /// <summary>Nobody decodes the descriptor's address: its read was answered with unsupported request.</summary>
    UnsupportedRequest = 6,

    /// <summary>The descriptor's read was answered with completer abort, or not at all.</summary>
    CompleterAbort = 7,

    /// <summary>Bus Master Enable was off.</summary>
    BusMasterDisabled = 8,
}

/// <summary>Which error a transfer that failed is.</summary>
internal static class DmaErrors
{
    public static DmaError Of(TransferOutcome outcome) => outcome switch
    {
        TransferOutcome.Done => DmaError.None,
        TransferOutcome.Impossible => DmaError.Misaligned,
        TransferOutcome.UnsupportedRequest => DmaError.UnsupportedRequest,
        TransferOutcome.CompleterAbort => DmaError.CompleterAbort,
        _ => DmaError.BusMasterDisabled,
    };
}
