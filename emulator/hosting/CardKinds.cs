using NLog;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Maps;
using Pcie.Emulator.Rtl;
using Pcie.Files;
using Pcie.Registers.Formats;
using Pcie.Scenario;

namespace Pcie.Emulator.Hosting;

/// <summary>Makes the cards that are here.</summary>
public static class CardKinds
{
    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    /// <summary>The names of all kinds, as in a scenario.</summary>
    public static string Names { get; } = string.Join(", ", Enum.GetValues<CardKind>().Select(kind => ScenarioTable.NameOf(kind)));

    /// <summary>The kind of that name, as a scenario spells it; null if there is none.</summary>
    public static CardKind? Parse(string name) =>
        Enum.GetValues<CardKind>().Where(kind => ScenarioTable.NameOf(kind) == name).Select(kind => (CardKind?)kind).FirstOrDefault();

    /// <summary>The cards as they are built without a scenario: those that need nothing.</summary>
    public static IReadOnlyDictionary<CardKind, CardDesign> Plain { get; } = new Dictionary<CardKind, CardDesign>
    {
        [CardKind.Daq] = CardDesign.Daq(new DaqCardOptions()), [CardKind.Edu] = CardDesign.Edu, [CardKind.Nvme] = CardDesign.Nvme,
        [CardKind.EndpointTest] = CardDesign.EndpointTest,
    };

    /// <summary>The card that a scenario describes, with nothing in its section that the card does not have.</summary>
    /// <param name="number">Which, of a scenario of several, from 1.</param>
    /// <param name="instead">What a command line says instead; null for nothing.</param>
    /// <exception cref="ScenarioException">A key is unknown, or says something impossible.</exception>
    /// <exception cref="FormatException">The card has not what the command line says of it.</exception>
    /// <exception cref="InvalidDataException">Its map is none, or one that cannot be.</exception>
    public static CardDesign DesignOf(ScenarioFile file, RunScenario run, CardInstead? instead = null, int number = 1) =>
        new CardScenario(file.OfCard(number), run).Build(scenario => Read(scenario, instead));

    /// <summary>For a program around these cards: a card of what it reads of a scenario.</summary>
    /// <inheritdoc cref="DesignOf"/>
    public static CardDesign Read(CardScenario scenario, CardInstead? instead = null)
    {
        instead ??= new CardInstead();
        if (instead.Rtl is { } rtl) return OfRtl(scenario, rtl, instead);
        var chosen = KindOf(scenario.File);
        var kind = instead.Kind ?? chosen;
        if (instead.SourceFile is not null && kind != CardKind.Daq)
            throw new FormatException($"--file: the card of kind {ScenarioTable.NameOf(kind)} has no source of data; only that of kind daq has one.");
        if (instead.Map is not null && kind != CardKind.Registers) throw NotItsOwn("--map", "registers", kind);
        if (instead.Id is not null && kind != CardKind.Registers) throw NotItsOwn("--id", "IDs", kind);
        return kind switch
        {
            CardKind.Edu => CardDesign.Edu,
            CardKind.Nvme => CardDesign.Nvme,
            CardKind.EndpointTest => CardDesign.EndpointTest,
            CardKind.Registers => OfMap(scenario, instead),
            _ => CardDesign.Daq(DaqOf(scenario, instead.SourceFile)),
        };
    }

    /// <summary>How a scenario has its data-acquisition card built, the first of several; null if it is about another.</summary>
    /// <exception cref="ScenarioException">A key is unknown, or says something impossible.</exception>
    public static DaqCardOptions? DaqOf(ScenarioFile file, ulong seed) =>
        file.OfCard(1) is var first && KindOf(first) == CardKind.Daq ? DaqCardOptions.Read(first, seed) : null;

    private static CardKind KindOf(ScenarioFile file) => file.TableOf<CardChoice>().ReadPart<CardChoice>().Kind;

    private static FormatException NotItsOwn(string option, string what, CardKind kind) =>
        new($"{option}: the {ScenarioTable.NameOf(kind)} card has {what} of its own; use --device registers.");

    private static DaqCardOptions DaqOf(CardScenario scenario, string? sourceFile)
    {
        var options = DaqCardOptions.Read(scenario.File, scenario.Run.Seed);
        return sourceFile is null ? options : options with { Source = SourceKind.File, Path = Path.GetFullPath(sourceFile) };
    }

    // Its configuration describes the card, and of [card] in the scenario it has faults alone; unless it says that it is the card of
    // scenarios, or streams.
    private static CardDesign OfRtl(CardScenario scenario, RtlPlace rtl, CardInstead instead)
    {
        if ((instead.SourceFile ?? instead.Map ?? instead.Id) is not null)
            throw new FormatException("--file, --map, --id: an RTL card is described by --device-config alone.");
        var config = rtl.ConfigFile is null ? RtlConfig.Default : RtlConfig.Load(rtl.ConfigFile);
        if (!config.IsDaq && !config.Streams) return CardDesign.Rtl(rtl, config);
        try
        {
            var options = DaqOf(scenario, null);
            return config.IsDaq ? CardDesign.Rtl(rtl, config, options) : CardDesign.RtlStream(rtl, config, options);
        }
        catch (NotSupportedException e)
        {
            throw new FormatException($"{rtl.ConfigFile}: {(config.IsDaq ? "daq" : "stream")} = true, and {e.Message}");
        }
    }

    private static CardDesign OfMap(CardScenario scenario, CardInstead instead)
    {
        var table = scenario.File.TableOf<MapCardOptions>();
        var options = scenario.Read<MapCardOptions>();
        if (instead.Id is { } id) options = options with { Id = id };
        var (vendor, device) = options.Numbers
            ?? throw new FormatException($"{(instead.Id is null ? "id in [card]" : "--id")} {options.Id}: expected two numbers of four hexadecimal "
                + "digits, as in 10ee:7024.");
        var map = instead.Map ?? (options.Map is null ? null : table.FilePath("map"));
        if (map is null) throw new FormatException("--device registers needs --map, or map in [card]: which registers?");
        var imported = MapFile.Load(map);
        foreach (var note in imported.Notes) Log.Warn("{0}", PrintableText.Of(note));
        return CardDesign.Of(imported.Map, vendor, device);
    }
}
