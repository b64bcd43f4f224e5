using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Card;
using Pcie.Emulator.Device;
using Pcie.Emulator.Edu;
using Pcie.Emulator.EndpointTest;
using Pcie.Emulator.Faults;
using Pcie.Emulator.Maps;
using Pcie.Emulator.Nvme;
using Pcie.Emulator.Rtl;
using Pcie.Registers;
using Pcie.Registers.Formats;

namespace Pcie.Emulator.Hosting;

/// <summary>A card that can be put into a slot, as often as one is wanted: the cards there are.</summary>
/// <param name="Identity">What it is to the bus.</param>
/// <param name="Make">Makes the card's own logic. It may throw an <see cref="IOException"/> where a file of the card's cannot be opened.</param>
public sealed record CardDesign(DeviceIdentity Identity, Func<IDevicePort, ICard> Make)
{
    /// <summary>The educational device.</summary>
    public static CardDesign Edu { get; } = new(EduDevice.Identity, port => new EduDevice(port));

    /// <summary>The NVM Express controller.</summary>
    public static CardDesign Nvme { get; } = new(NvmeDevice.Identity, port => new NvmeDevice(port));

    /// <summary>The test function of Linux' PCI endpoint framework.</summary>
    public static CardDesign EndpointTest { get; } = new(EndpointTestDevice.Identity, port => new EndpointTestDevice(port));

    /// <summary>What is to go wrong, and when.</summary>
    public IReadOnlyList<Fault> Faults { get; init; } = [];

    /// <summary>The data-acquisition card.</summary>
    public static CardDesign Daq(DaqCardOptions options) =>
        new(DaqCard.IdentityOf(options), port => new DaqCard(options, port)) { Faults = options.Faults };

    /// <summary>A card whose logic is RTL.</summary>
    /// <exception cref="InvalidDataException">Its registers are described by a map that is none, or that it cannot have.</exception>
    public static CardDesign Rtl(RtlPlace place, RtlConfig config)
    {
        var map = config.Map is null ? null : MapFile.Load(config.Map).Map;
        return new(config.Identity, port => new RtlCard(config, port, requests => place.Open(config, requests), map));
    }

    /// <summary>The data-acquisition card in RTL, built as options say.</summary>
    /// <exception cref="NotSupportedException">They say what the RTL cannot be.</exception>
    public static CardDesign Rtl(RtlPlace place, RtlConfig config, DaqCardOptions options)
    {
        var straps = new DaqStraps(options, config);
        using var card = EmulatedCard.InNoSlot(Daq(options with { HeaderOnly = true, HashPayload = false }));
        var map = CardMap.Of(card.Identity, card.Card);
        // It has no pin for a line: messages are all that a model raises.
        return new(card.Identity with { HasInterruptLine = false },
            port => new RtlCard(straps.Config, port, requests => place.Open(config, requests), map, straps.Stimulus)) { Faults = options.Faults };
    }

    /// <summary>A card whose logic is RTL and streams through a DMA core, built as options say.</summary>
    /// <exception cref="NotSupportedException">They say what comes from the RTL.</exception>
    /// <exception cref="InvalidDataException">Its registers are described by a map that is none, or that it cannot have.</exception>
    public static CardDesign RtlStream(RtlPlace place, RtlConfig config, DaqCardOptions options)
    {
        if (options.Source != SourceKind.Counter) throw new NotSupportedException("its data are the RTL's; the scenario says source.kind otherwise");
        var map = config.Map is null ? null : MapFile.Load(config.Map).Map;
        var identity = config.Identity with { MsiMessages = options.MsiMessages, MsixEntries = options.MsixEntries, HasInterruptLine = true };
        return new(identity, port => new RtlStreamCard(config, options, port, requests => place.Open(config, requests), map))
        {
            Faults = options.Faults,
        };
    }

    /// <summary>A card that is the registers of a map, and nothing else.</summary>
    /// <exception cref="InvalidDataException">The map is larger than a card of registers can be.</exception>
    public static CardDesign Of(DeviceMap map, ushort vendorId, ushort deviceId) =>
        new(MapCard.IdentityOf(map, vendorId, deviceId), _ => new MapCard(map));
}
