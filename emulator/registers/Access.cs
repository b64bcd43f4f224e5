namespace Pcie.Emulator.Registers;

/// <summary>
/// What software may do with a field. The names are those of data sheets and of the control service; two of them together, as in
/// <c>W1C | RC</c>, are a field with the effects of both.
/// </summary>
[Flags]
public enum Access
{
    /// <summary>Neither read nor written by software: reads as zero.</summary>
    None = 0,

    /// <summary>Read only: writes change nothing.</summary>
    RO = 1 << 0,

    /// <summary>Read and write.</summary>
    RW = RO | 1 << 1,

    /// <summary>Write one to clear: a bit written as 1 becomes 0, a bit written as 0 stays. Set by hardware.</summary>
    W1C = RO | 1 << 2,

    /// <summary>Write one to set: a bit written as 1 becomes 1, a bit written as 0 stays. Cleared by hardware.</summary>
    W1S = RO | 1 << 3,

    /// <summary>Write one to toggle: a bit written as 1 is inverted, a bit written as 0 stays.</summary>
    W1T = RO | 1 << 4,

    /// <summary>Write zero to clear: a bit written as 0 becomes 0, a bit written as 1 stays.</summary>
    W0C = RO | 1 << 5,

    /// <summary>Write zero to set: a bit written as 0 becomes 1, a bit written as 1 stays.</summary>
    W0S = RO | 1 << 6,

    /// <summary>Write zero to toggle: a bit written as 0 is inverted, a bit written as 1 stays.</summary>
    W0T = RO | 1 << 7,

    /// <summary>Any write clears, whatever is written.</summary>
    WC = RO | 1 << 8,

    /// <summary>Any write sets all bits, whatever is written.</summary>
    WS = RO | 1 << 9,

    /// <summary>Write once: the first write after a reset is kept, and none after it.</summary>
    W1 = RO | 1 << 10,

    /// <summary>Read clears: reading returns the bits and clears them.</summary>
    RC = RO | 1 << 11,

    /// <summary>Read sets: reading returns the bits and sets them.</summary>
    RS = RO | 1 << 12,

    /// <summary>Write only: reads as zero. What is written acts and is not kept.</summary>
    WO = 1 << 13,
}
