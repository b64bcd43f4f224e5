namespace Pcie.Emulator.Daq;

/// <summary>What happens to a chunk that finds every slot unread: the values of DMA_CONTROL.WHEN_FULL.</summary>
public enum WhenFull
{
    /// <summary>It is written over the oldest one.</summary>
    Overwrite = 0,

    /// <summary>It is dropped.</summary>
    Drop = 1,

    /// <summary>It waits in the FIFO until the driver frees a slot; what finds the FIFO full is dropped.</summary>
    HoldBack = 2,
}
