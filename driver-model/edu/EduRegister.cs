namespace Pcie.DriverModel.Edu;

/// <summary>The edu device as its driver knows it: QEMU's docs/specs/edu.rst.</summary>
internal static class EduRegister
{
    public const int Bar = 0;

    // Offsets in BAR 0.
    public const uint Id = 0x00, Liveness = 0x04, Factorial = 0x08, Status = 0x20, InterruptStatus = 0x24, InterruptAck = 0x64,
        DmaSource = 0x80, DmaDestination = 0x88, DmaCount = 0x90, DmaCommand = 0x98;

    /// <summary>ID: without the version, 0xRRrr00ed.</summary>
    public const uint IdMask = 0xFFFF, IdOfEdu = 0x00ED;

    /// <summary>STATUS.</summary>
    public const uint Computing = 0x01, InterruptWhenComputed = 0x80;

    /// <summary>INT_STATUS.</summary>
    public const uint FactorialDone = 0x001, DmaDone = 0x100;

    /// <summary>DMA_COMMAND.</summary>
    public const uint Run = 0x1, ToHost = 0x2, InterruptWhenMoved = 0x4;

    /// <summary>The device's buffer, as DMA addresses it.</summary>
    public const uint BufferAddress = 0x40000;

    public const int BufferBytes = 4096;

    /// <summary>Bits of a bus address that the device drives.</summary>
    public const int AddressWidth = 28;
}
