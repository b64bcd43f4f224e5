namespace Pcie.Emulator.Daq.Streaming;

/// <summary>Why the card dropped a chunk: B of <see cref="Trace.TraceKind.ChunkDropped"/>.</summary>
public enum DropReason
{
    /// <summary>Every slot was unread, and DMA_CONTROL.WHEN_FULL says drop.</summary>
    Full = 1,

    /// <summary>No transfer could begin, and the FIFO was full.</summary>
    FifoOverflow = 2,

    /// <summary>Bus Master Enable was off when the transfer began or ended.</summary>
    BusMasterDisabled = 3,

    /// <summary>The DMA core was disabled.</summary>
    DmaDisabled = 4,

    /// <summary>The card was reset.</summary>
    Reset = 5,

    /// <summary>Scatter-gather had stopped at a wrong descriptor: DMA_ERROR.</summary>
    DmaFailed = 6,
}
