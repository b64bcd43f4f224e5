namespace Pcie.DriverModel.Daq;

/// <summary>Bits of INT_CAUSE and INT_ENABLE.</summary>
[Flags]
public enum Causes : uint
{
    None = 0,
    DataReady = 1 << 0,
    Overrun = 1 << 1,
    DmaError = 1 << 2,
    FifoOverflow = 1 << 3,
    LinkError = 1 << 4,
    Test = 1 << 5,
    All = 0x3F,
}
