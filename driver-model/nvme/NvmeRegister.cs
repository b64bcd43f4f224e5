namespace Pcie.DriverModel.Nvme;

/// <summary>
/// An NVM Express controller as its driver knows it: NVM Express Base Specification 1.2, whose section numbers stand in this folder. What is not the
/// same on each controller, as the place of a doorbell, is in CAP.
/// </summary>
internal static class NvmeRegister
{
    public const int Bar = 0;

    // Offsets in BAR 0 (3.1). The first doorbell is that of the admin submission queue.
    public const uint CapLow = 0x00, CapHigh = 0x04, Version = 0x08, Configuration = 0x14, Status = 0x1C, AdminSizes = 0x24, AdminSubmission = 0x28,
        AdminCompletion = 0x30, Doorbells = 0x1000;

    /// <summary>CC: entries of 64 and of 16 bytes, as powers of two, NVM commands, pages of 4 KiB.</summary>
    public const uint EntrySizes = 6 << 16 | 4 << 20;

    /// <summary>CC.</summary>
    public const uint Enable = 1, ShutdownNotification = 3 << 14, NormalShutdown = 1 << 14;

    /// <summary>CSTS.</summary>
    public const uint Ready = 1, FatalStatus = 2, ShutdownStatus = 3 << 2, ShutdownComplete = 2 << 2;
}
