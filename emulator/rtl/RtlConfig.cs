using System.Globalization;
using System.Numerics;
using Pcie.Emulator.Daq.Card;
using Pcie.Emulator.Device;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Emulator.Rtl;

/// <summary>
/// What an RTL card cannot say of itself: what it is to the bus, its clock, its pins. A file in the words of a scenario (docs/rtl.md):
/// <code>
/// [card]
/// name = "counter"
/// id = "10ee:7024"
/// bars = [4096]
/// messages = 1
/// clock = "4ns"
///
/// [card.pins]
/// cfg_limit = 100
///
/// [card.counters]
/// "ticks" = "stat_ticks"
/// </code>
/// </summary>
public sealed record RtlConfig
{
    private const long SmallestBar = 16, LargestBar = 1L << 31;
    private const int MostBars = 6, MostMessages = 32, MostEntries = 2048;

    /// <summary>A card of which nothing is said.</summary>
    public static RtlConfig Default { get; } = Read(ScenarioFile.Parse("", "no configuration"));

    public required string Name { get; init; }
    public required (ushort Vendor, ushort Device) Id { get; init; }
    public required uint ClassCode { get; init; }
    public required IReadOnlyList<BarRequest> Bars { get; init; }
    public required int Messages { get; init; }
    public required int MsixEntries { get; init; }

    /// <summary>Period of the card's clock.</summary>
    public required Duration Clock { get; init; }

    /// <summary>How long a call into the card may take.</summary>
    public required TimeSpan Watchdog { get; init; }

    /// <summary>The registers by name: a file in one of the formats of register maps; null for none.</summary>
    public string? Map { get; init; }

    /// <summary>Whether it is the data-acquisition card in another language, which a scenario describes.</summary>
    public bool IsDaq { get; init; }

    /// <summary>Whether its stream goes through a DMA core of ours, whose registers are BAR 0; a scenario describes that.</summary>
    public bool Streams { get; init; }

    /// <summary>Pins that are set once, at power-on.</summary>
    public required IReadOnlyDictionary<string, ulong> Pins { get; init; }

    /// <summary>Counters by name, each with the pin that shows it.</summary>
    public required IReadOnlyDictionary<string, string> Counters { get; init; }

    /// <summary>What the card is to the bus.</summary>
    public DeviceIdentity Identity => new()
    {
        Name = Name, VendorId = Id.Vendor, DeviceId = Id.Device, Revision = 1, ClassCode = ClassCode, SubsystemVendorId = Id.Vendor, SubsystemId = 1,
        Bars = Bars, MsiMessages = Messages, MsixEntries = MsixEntries,
    };

    /// <exception cref="ScenarioException">The file cannot be read, or says something unknown or impossible.</exception>
    public static RtlConfig Load(string path) => Read(ScenarioFile.Load(path));

    private static RtlConfig Read(ScenarioFile file)
    {
        file.RefuseUnknownTables("card");
        var card = file.Table("card");
        var config = new RtlConfig
        {
            Name = card.Has("name") ? card.Text("name") : "rtl",
            Id = card.Has("id") ? IdIn(card) : ((ushort)0xFDA0, (ushort)0xDA03),
            ClassCode = card.Has("class") ? (uint)card.Integer("class", 0, 0xFFFFFF) : 0xFF0000,
            Bars = BarsIn(card),
            Messages = card.Has("messages") ? PowerOfTwoIn(card, "messages") : 1,
            MsixEntries = card.Has("msi-x-entries") ? (int)card.Integer("msi-x-entries", 0, MostEntries) : 0,
            Clock = card.Has("clock") ? card.Duration("clock", new Duration(1), Duration.FromMicroseconds(1)) : new Duration(4),
            Watchdog = TimeSpan.FromSeconds(card.Has("watchdog") ? card.Number("watchdog", 0.1, 3600) : 10),
            Map = card.Has("map") ? card.FilePath("map") : null,
            IsDaq = card.Has("daq") && card.Flag("daq"),
            Streams = card.Has("stream") && card.Flag("stream"),
            Pins = card.Table("pins") is var pins ? pins.Keys.ToDictionary(name => name, name => (ulong)pins.Integer(name, 0)) : [],
            Counters = card.Table("counters") is var counters ? counters.Keys.ToDictionary(name => name, counters.Text) : [],
        };
        card.RefuseUnknownKeys();
        if (config.IsDaq && config.Streams) throw card.Refusal("stream", "the card with daq = true has a DMA core of its own; leave one of them out");
        if (config.Streams && (config.Bars.Count == 0 || config.Bars[0].Size != DaqCard.BarSize))
            throw card.Refusal("stream", $"BAR 0 is the DMA core's, of {DaqCard.BarSize} bytes; expected bars = [{DaqCard.BarSize}, …]");
        return config;
    }

    private static (ushort Vendor, ushort Device) IdIn(ScenarioTable card)
    {
        var id = card.Text("id");
        return id.Split(':') is [var vendor, var device]
            && ushort.TryParse(vendor, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var v)
            && ushort.TryParse(device, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var d) ? (v, d)
            : throw card.Refusal("id", $"{id}: expected two numbers of four hexadecimal digits, as in 10ee:7024");
    }

    private static IReadOnlyList<BarRequest> BarsIn(ScenarioTable card)
    {
        if (!card.Has("bars")) return [4096];
        var sizes = card.Integers("bars", 0, LargestBar);
        if (sizes.Count > MostBars) throw card.Refusal("bars", $"{sizes.Count} of them; a function has {MostBars} at the most");
        return [.. sizes.Select(size => size == 0 || size >= SmallestBar && BitOperations.IsPow2(size) ? (BarRequest)(uint)size
            : throw card.Refusal("bars", $"{size} bytes; expected a power of two of at least {SmallestBar}, or 0 for a BAR that is not there"))];
    }

    private static int PowerOfTwoIn(ScenarioTable card, string key)
    {
        var number = card.Integer(key, 1, MostMessages);
        return BitOperations.IsPow2(number) ? (int)number : throw card.Refusal(key, $"{number}; expected 1, 2, 4, 8, 16 or {MostMessages}");
    }
}
