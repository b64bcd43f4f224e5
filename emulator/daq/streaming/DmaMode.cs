namespace Pcie.Emulator.Daq.Streaming;

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
