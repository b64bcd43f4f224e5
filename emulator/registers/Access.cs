namespace Pcie.Emulator.Registers;

/// <summary>What software may do with a field. The names are those of data sheets and of the control service.</summary>
public enum Access
{
    /// <summary>Read only: writes change nothing.</summary>
    RO,

    /// <summary>Read and write.</summary>
    RW,

    /// <summary>Write one to clear: a bit written as 1 becomes 0, a bit written as 0 stays. Set by hardware.</summary>
    W1C,

    /// <summary>Write one to set: a bit written as 1 becomes 1, a bit written as 0 stays. Cleared by hardware.</summary>
    W1S,

    /// <summary>Read clears: reading returns the bits and clears them.</summary>
    RC,

    /// <summary>Write only: reads as zero. What is written acts and is not kept.</summary>
    WO,
}
