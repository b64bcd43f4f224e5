using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Edu;
using Pcie.DriverModel.Nvme;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Edu;
using Pcie.Emulator.EndpointTest;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Maps;
using Pcie.Emulator.Nvme;
using Pcie.Scenario;

namespace Pcie.Docs.Scenarios;

/// <summary>A table of a scenario with its keys, but for tables below it.</summary>
/// <param name="Path">Dotted, as in the file's header.</param>
/// <param name="Repeats">Whether the table stands in double brackets.</param>
/// <param name="Kind">Of a card or a driver, the kind that has these keys; null if all have.</param>
internal sealed record ScenarioSection(
    string Path, string Sentence, bool Repeats, IReadOnlyList<ScenarioSection.Key> Keys, string? Kind = null)
{
    /// <summary>The key by which a table is of one kind.</summary>
    public const string KindKey = "kind";

    /// <summary>Every table but <c>[expect]</c>, each before those below it; what all kinds have before what one has.</summary>
    public static IReadOnlyList<ScenarioSection> All { get; } =
    [
        .. Of(typeof(RunScenario)),
        .. Of(typeof(CardChoice)), .. Of(CardKind.Daq, typeof(DaqCardOptions)), .. Of(CardKind.Edu, typeof(EduCardOptions)),
        .. Of(CardKind.Nvme, typeof(NvmeCardOptions)), .. Of(CardKind.EndpointTest, typeof(EndpointTestCardOptions)),
        .. Of(CardKind.Registers, typeof(MapCardOptions)),
        .. Of(typeof(MachineOptions)), .. Of(typeof(ReaderOptions)),
        .. Of(typeof(DriverChoice)), .. Of(DriverKind.Daq, typeof(DaqDriverOptions)), .. Of(DriverKind.Edu, typeof(EduDriverOptions)),
        .. Of(DriverKind.Nvme, typeof(NvmeDriverOptions)),
    ];

    /// <summary>The tables of which there can be one for each card, in double brackets.</summary>
    public static IReadOnlyList<string> OfEachCard { get; } = ["card", "driver"];

    /// <summary>The key that names a card.</summary>
    public static KeyDeclaration CardName => TableDeclaration.Of(typeof(DaqCardOptions)).Keys.Single(key => key.Name == "name");

    public string Header => Repeats ? $"[[{Path}]]" : $"[{Path}]";

    private static IEnumerable<ScenarioSection> Of(Enum kind, Type type) =>
        Of(type).Select(section => section with { Kind = ScenarioTable.NameOf(kind) });

    private static IEnumerable<ScenarioSection> Of(Type type)
    {
        var declaration = TableDeclaration.Of(type);
        var keys = KeysOf(declaration, declaration.Tables[0].Path);
        foreach (var table in declaration.Tables)
            yield return new(table.Path, table.Sentence, false, keys.FindAll(key => key.Table == table.Path && key.Declared.Element is null));
        foreach (var (path, key, _) in keys.Where(key => key.Declared.Element is not null))
            yield return new(path, key.Sentence, true, KeysOf(TableDeclaration.Of(key.Element!), path));
    }

    /// <param name="table">Path of the table that the keys are in.</param>
    public static List<Key> KeysOf(TableDeclaration declaration, string table) =>
        [.. declaration.Keys.Select(key => new Key($"{table}.{key.Name}", key, declaration.IsRequired(key)))];

    /// <param name="Path">Dotted, from the top of the file.</param>
    internal sealed record Key(string Path, KeyDeclaration Declared, bool IsRequired)
    {
        public string Table => Path[..Path.LastIndexOf('.')];
        public string Name => Path[(Path.LastIndexOf('.') + 1)..];
    }
}
