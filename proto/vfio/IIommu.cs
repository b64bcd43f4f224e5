namespace Pcie.Vfio;

/// <summary>
/// What opens a device, and decides which memory it reaches at which bus address. Linux has two of them: groups in a container
/// (<see cref="IommuGroup"/>), which every kernel has, and since 6.6 iommufd.
/// </summary>
/// <remarks>Every member throws <see cref="IOException"/> with what to do, for a person.</remarks>
internal interface IIommu : IDisposable
{
    /// <param name="device">Domain, bus, device and function.</param>
    FileDescriptor OpenDevice(string device);

    /// <summary>Lets the device read and write memory.</summary>
    /// <param name="address">Where it reaches it; whole pages.</param>
    /// <param name="memory">Where this process does.</param>
    void Map(ulong address, nint memory, ulong length);

    void Unmap(ulong address, ulong length);
}
