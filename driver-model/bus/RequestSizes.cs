using Pcie.Scenario;

namespace Pcie.DriverModel.Bus;

/// <summary>
/// How long the requests of a device may be, as firmware and operating system program it. Machines differ, so both are parameters.
/// </summary>
public sealed record RequestSizes
{
    public const int Shortest = 128, Longest = 4096;

    // PCI Express Base Specification 7.5.3.4, 2.2.2: none may send what another on its path cannot take.
    [Key("max-payload-size", "Most bytes in a packet that the root port takes (Max_Payload_Size supported). The card is told this or what it "
        + "supports itself, 512, whichever is less. It shows in card.dma.tlps, and with [card.dma] tlp-overhead in time. 256 is what most desktops "
        + "and servers come to.", Unit = Unit.Bytes, Min = Shortest, Max = Longest, IsPowerOfTwo = true)]
    public int RootPortPayload { get; init; } = 256;

    [Key("max-read-request-size", "Most bytes that the card may ask for in one read (Max_Read_Request_Size). 512 is the reset value, which operating "
        + "systems leave as it is.", Unit = Unit.Bytes, Min = Shortest, Max = Longest, IsPowerOfTwo = true)]
    public int ReadRequest { get; init; } = 512;
}
