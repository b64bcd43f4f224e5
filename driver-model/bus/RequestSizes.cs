namespace Pcie.DriverModel.Bus;

/// <summary>
/// How long the requests of a device may be, as firmware and operating system program it. Machines differ, so both are parameters.
/// </summary>
public sealed record RequestSizes
{
    public const int Shortest = 128, Longest = 4096;

    /// <summary>
    /// Most bytes in a packet that the root port takes and sends: 128 to 4096, a power of two. The device gets this or what it supports itself,
    /// whichever is less: none may send what another on its path cannot take (PCI Express Base Specification 7.5.3.4, 2.2.2). 256 is a usual size, and no
    /// particular machine's.
    /// </summary>
    public int RootPortPayload { get; init; } = 256;

    /// <summary>
    /// Most bytes that the device may ask for at once: 128 to 4096, a power of two. 512 is the reset value (7.5.3.4), which a
    /// device has that nobody programs.
    /// </summary>
    public int ReadRequest { get; init; } = 512;
}
