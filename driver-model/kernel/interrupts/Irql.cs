namespace Pcie.DriverModel.Kernel.Interrupts;

/// <summary>Interrupt request levels of x64 Windows. A processor runs nothing at or below its current level.</summary>
public static class Irql
{
    /// <summary>PASSIVE_LEVEL: threads.</summary>
    public const byte Passive = 0;

    /// <summary>DISPATCH_LEVEL: DPCs; threads that hold a spin lock.</summary>
    public const byte Dispatch = 2;

    /// <summary>CLOCK_LEVEL: the timer tick.</summary>
    public const byte Clock = 13;

    /// <summary>HIGH_LEVEL: nothing interrupts.</summary>
    public const byte High = 15;

    /// <summary>Levels there are, from 0.</summary>
    public const int Levels = 16;

    /// <summary>The vector of the clock interrupt.</summary>
    public const byte ClockVector = 0xD1;

    /// <summary>The lowest vector of a device.</summary>
    public const byte FirstDeviceVector = 0x30;

    /// <summary>The highest vector of a device: below CLOCK_LEVEL's.</summary>
    public const byte LastDeviceVector = 0xCF;

    /// <summary>The level of a vector is its priority class, its upper four bits (Intel SDM 3A, 10.8.3).</summary>
    public static byte OfVector(byte vector) => (byte)(vector >> 4);
}
