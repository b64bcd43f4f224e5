namespace Pcie.Emulator.Daq;

/// <summary>How many slots of host memory the DMA core goes round: the values of DMA_CONTROL.MODE.</summary>
public enum DmaMode
{
    /// <summary>One slot.</summary>
    OneBuffer = 0,

    /// <summary>Two slots.</summary>
    PingPong = 1,

    /// <summary>DMA_SLOT_COUNT slots.</summary>
    Ring = 2,

    /// <summary>DMA_SLOT_COUNT places, each of one or several descriptors, linked into a list or a ring.</summary>
    ScatterGather = 3,
}

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
