namespace Pcie.DriverModel.Daq;

/// <summary>
/// The card's registers as the driver knows them, as a driver's own header has them; docs/registers.md is the data sheet.
/// </summary>
public static class DaqRegister
{
    /// <summary>The BAR that has them.</summary>
    public const int Bar = 0;

    public const uint Id = 0x000;
    public const uint IntCause = 0x020;
    public const uint IntEnable = 0x024;
    public const uint IntRouting = 0x028;
    public const uint IntPolicy = 0x02C;
    public const uint IntRearm = 0x030;
    public const uint IntModeration = 0x080;
    public const uint DmaControl = 0x100;
    public const uint DmaStatus = 0x104;
    public const uint DmaBaseLow = 0x108;
    public const uint DmaBaseHigh = 0x10C;
    public const uint DmaSlotSize = 0x110;
    public const uint DmaSlotCount = 0x114;
    public const uint DmaHead = 0x118;
    public const uint DmaTail = 0x11C;
    public const uint StatusBaseLow = 0x120;
    public const uint StatusBaseHigh = 0x124;
    public const uint MaxSlots = 0x128;
    public const uint SourceControl = 0x140;
    public const uint ChunkSize = 0x144;

    /// <summary>What <see cref="Id"/> reads: "DAQ1".</summary>
    public const uint IdValue = 0x44415131;

    /// <summary>Lowest bit of MICROSECONDS in <see cref="IntModeration"/>, of which there is one for each message; COUNT is below.</summary>
    public const int ModerationTimeShift = 16;

    /// <summary>ENABLE of <see cref="DmaControl"/>.</summary>
    public const uint DmaEnable = 1;

    /// <summary>Lowest bit of MODE in <see cref="DmaControl"/>.</summary>
    public const int DmaModeShift = 1;

    /// <summary>Lowest bit of WHEN_FULL in <see cref="DmaControl"/>.</summary>
    public const int DmaWhenFullShift = 3;

    /// <summary>BUSY of <see cref="DmaStatus"/>.</summary>
    public const uint DmaBusy = 1;

    /// <summary>HOLDING of <see cref="DmaStatus"/>.</summary>
    public const uint DmaHolding = 1 << 1;

    /// <summary>SOURCE_ENDED of <see cref="DmaStatus"/>.</summary>
    public const uint SourceEnded = 1 << 2;

    /// <summary>SOURCE_RUNNING of <see cref="DmaStatus"/>.</summary>
    public const uint SourceRunning = 1 << 5;

    /// <summary>SOURCE_FINITE of <see cref="DmaStatus"/>.</summary>
    public const uint SourceFinite = 1 << 6;

    /// <summary>ENABLE of <see cref="StatusBaseLow"/>.</summary>
    public const uint StatusEnable = 1;

    /// <summary>RUN of <see cref="SourceControl"/>.</summary>
    public const uint SourceRun = 1;
}
