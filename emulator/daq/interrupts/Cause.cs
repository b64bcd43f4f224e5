namespace Pcie.Emulator.Daq.Interrupts;

/// <summary>Why the card may interrupt: bit numbers of INT_CAUSE, INT_ENABLE and INT_TEST, places in VECTOR_MAP.</summary>
public enum Cause
{
    /// <summary>A chunk reached host memory.</summary>
    DataReady = 0,

    /// <summary>A chunk was overwritten or dropped, because the driver had not consumed the ones before.</summary>
    Overrun = 1,

    /// <summary>The DMA core could not do what it was told.</summary>
    DmaError = 2,

    /// <summary>A chunk was dropped because the FIFO was full.</summary>
    FifoOverflow = 3,

    /// <summary>A request of the card went wrong on the link.</summary>
    LinkError = 4,

    /// <summary>Raised by software only, through INT_TEST.</summary>
    Test = 5,
}
