namespace Pcie.VfioUser.Messages;

/// <summary>The commands of vfio-user; the client's, unless it says otherwise.</summary>
internal enum Command : ushort
{
    Version = 1,
    DmaMap = 2,
    DmaUnmap = 3,
    GetInfo = 4,
    GetRegionInfo = 5,
    GetRegionIoFds = 6,
    GetIrqInfo = 7,
    SetIrqs = 8,
    RegionRead = 9,
    RegionWrite = 10,

    /// <summary>The server's: reads the guest's memory.</summary>
    DmaRead = 11,

    /// <summary>The server's: writes the guest's memory.</summary>
    DmaWrite = 12,
    DeviceReset = 13,
    RegionWriteMulti = 15,
    DeviceFeature = 16,
}
