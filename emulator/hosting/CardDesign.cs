using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Card;
using Pcie.Emulator.Device;
using Pcie.Emulator.Edu;
using Pcie.Emulator.Faults;

namespace Pcie.Emulator.Hosting;

/// <summary>A card that can be put into a slot, as often as one is wanted: the cards there are.</summary>
/// <param name="Identity">What it is to the bus.</param>
/// <param name="Make">Makes the card's own logic. It may throw an <see cref="IOException"/> where a file of the card's cannot be opened.</param>
public sealed record CardDesign(DeviceIdentity Identity, Func<IDevicePort, ICard> Make)
{
    /// <summary>The educational device.</summary>
    public static CardDesign Edu { get; } = new(EduDevice.Identity, port => new EduDevice(port));

    /// <summary>What is to go wrong, and when.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>The data-acquisition card.</summary>
    public static CardDesign Daq(DaqCardOptions options) =>
        new(DaqCard.IdentityOf(options), port => new DaqCard(options, port)) { Faults = options.Faults };
}
