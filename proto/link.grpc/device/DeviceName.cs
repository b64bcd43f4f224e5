namespace Pcie.Link.Grpc.Device;

/// <summary>What a host is told of the device that it attaches to.</summary>
/// <param name="Name">For a person.</param>
/// <param name="VendorId">Configuration space offset 0x00.</param>
/// <param name="DeviceId">Configuration space offset 0x02.</param>
public sealed record DeviceName(string Name, ushort VendorId, ushort DeviceId);
