using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Scenario;

namespace Pcie.Docs.Scenarios;

/// <summary>A table of a scenario with its keys, but for tables below it.</summary>
/// <param name="Path">Dotted, as in the file's header.</param>
/// <param name="Repeats">Whether the table stands in double brackets.</param>
internal sealed record ScenarioSection(string Path, string Sentence, bool Repeats, IReadOnlyList<ScenarioSection.Key> Keys)
{
    private static readonly Type[] Types =
        [typeof(RunScenario), typeof(DaqCardOptions), typeof(MachineOptions), typeof(ReaderOptions), typeof(DaqDriverOptions)];

    /// <summary>Every table but <c>[expect]</c>, each before those below it.</summary>
    public static IReadOnlyList<ScenarioSection> All { get; } = [.. Types.SelectMany(Of)];

    public string Header => Repeats ? $"[[{Path}]]" : $"[{Path}]";

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
