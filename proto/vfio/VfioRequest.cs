namespace Pcie.Vfio;

/// <summary>The requests of linux/vfio.h: <c>_IO(';', 100 + n)</c>. Each structure begins with its length and with flags.</summary>
internal static class VfioRequest
{
    public const int GetApiVersion = 0, CheckExtension = 1, SetIommu = 2, GroupGetStatus = 3, GroupSetContainer = 4, GroupGetDevice = 6,
        DeviceGetInfo = 7, DeviceGetRegionInfo = 8, DeviceGetIrqInfo = 9, DeviceSetIrqs = 10, DeviceReset = 11, IommuMapDma = 13, IommuUnmapDma = 14;

    /// <summary>VFIO_TYPE1v2_IOMMU.</summary>
    public const int Type1V2 = 3;

    public static nuint Number(int request) => (nuint)(0x3B64 + request);
}
