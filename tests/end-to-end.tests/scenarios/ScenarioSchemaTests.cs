using System.Text.Json;
using System.Text.Json.Nodes;
using Pcie.Control;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>The schema says what the readers do: the same keys, defaults, choices and bounds.</summary>
public sealed class ScenarioSchemaTests
{
    private const string NoKey = "zzzz";

    // What a source of interference needs besides the key in question.
    private const string Source = "name = \"ndis.sys\"\ninterval = \"1ms\"\nisr = \"1us\"\ndpc = \"1us\"\n";

    private const string RaisedSource = "name = \"win32k.sys\"\ninterval = \"1ms\"\nraised = \"1us\"\n";
    private const string IdleState = "after = \"1us\"\nexit-latency = \"1us\"\n";

    private static readonly ScenarioSchema Schema = ScenarioSchema.Load();

    public static TheoryData<string> Tables => [.. Schema.Tables.Select(table => table.Path)];

    public static TheoryData<string, string> Choices =>
        Properties(property => property["enum"] is JsonArray names && names[0]!.GetValueKind() == JsonValueKind.String);

    public static TheoryData<string, string> Bounded => Properties(property => property.ContainsKey("minimum"));

    [Theory]
    [MemberData(nameof(Tables))]
    public void TheSchemaHasTheKeysThatTheReaderKnows(string path)
    {
        var table = Schema[path];
        var refusal = RefusalOf(With(table, path == "expect" ? $"{NoKey} = \"== 0\"" : $"{NoKey} = 0"));

        // A refusal ends with every key there is.
        var known = refusal.Split(path == "expect" ? "it has " : ": ")[^1].Split(", ");
        Assert.Equal(table.Properties.Select(p => p.Key).Order(StringComparer.Ordinal), known.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ADefaultOfTheSchemaIsWhatTheReaderTakesForAnAbsentKey()
    {
        // These are refused without wall-clock pacing or a file.
        string[] conditional = ["time-scale", "repeat"];
        // Which keys a fault has depends on its kind: FaultScenarioTests has their defaults.
        var text = string.Concat(Schema.Tables.Where(table => table.Path is not ("" or "card.fault")).Select(table => With(table, string.Join('\n',
            from key in table.Keys
            where key.Property.ContainsKey("default") && !conditional.Contains(key.Name)
            select $"{key.Name} = {key.Property["default"]!.ToJsonString()}"))));

        var (withDefaults, cardWithDefaults) = Read(text);
        var (without, cardWithout) = Read($"[[host.interference]]\n{Source}");

        Assert.Equal(cardWithout.ToString(), cardWithDefaults.ToString());
        Assert.Equal(without.Run.ToString(), withDefaults.Run.ToString());
        Assert.Equal(without.Kernel.ToString(), withDefaults.Kernel.ToString());
        Assert.Equal(Of(without.Interference), Of(withDefaults.Interference));
        Assert.Equal(without.Device, withDefaults.Device);
        Assert.Equal(without.Driver, withDefaults.Driver);

        static string Of(IReadOnlyList<InterferenceOptions> sources) => string.Join('\n', sources);
    }

    [Theory]
    [MemberData(nameof(Choices))]
    public void AChoiceOfTheSchemaIsTheReaders(string path, string key)
    {
        var refusal = RefusalOf(With(Schema[path], $"{key} = \"{NoKey}\""));

        var names = Schema[path].Properties[key]!["enum"]!.AsArray().Select(name => name!.ToJsonString());
        Assert.EndsWith($"expected one of {string.Join(", ", names)}", refusal);
    }

    [Theory]
    [MemberData(nameof(Bounded))]
    public void ABoundOfTheSchemaIsTheReaders(string path, string key)
    {
        var property = Schema[path].Properties[key]!;
        var (minimum, maximum) = ((decimal)property["minimum"]!, (decimal?)property["maximum"]);
        // A scale is of the wall clock.
        var context = key == "time-scale" ? "pacing = \"wall-clock\"\n" : "";

        _ = Read(With(Schema[path], $"{context}{key} = {minimum}"));
        Assert.Contains($"\"{key}\"", RefusalOf(With(Schema[path], $"{context}{key} = {minimum - 1}")));
        if (maximum is null) return;
        _ = Read(With(Schema[path], $"{context}{key} = {maximum}"));
        Assert.Contains($"\"{key}\"", RefusalOf(With(Schema[path], $"{context}{key} = {maximum + 1}")));
    }

    [Fact]
    public void TheSchemaHasThePointsOfCollapseThatThereAre() => Assert.Contains(
        $"^collapse\\.({string.Join('|', CollapseCounter.Points)})\\.", Schema["expect"].PatternNames);

    private static TheoryData<string, string> Properties(Func<JsonObject, bool> select)
    {
        var data = new TheoryData<string, string>();
        foreach (var table in Schema.Tables)
            foreach (var (name, property) in table.Keys)
                if (select(property)) data.Add(table.Path, name);
        return data;
    }

    private static string With(ScenarioSchema.Table table, string lines) =>
        table.Path.Length == 0 ? lines : $"{table.Header}\n{RequiredBy(table, lines)}{lines}\n";

    private static string RequiredBy(ScenarioSchema.Table table, string lines) => table.Path switch
    {
        "host.interference" => lines.StartsWith("raised-irql", StringComparison.Ordinal) ? RaisedSource : Source,
        "host.idle-state" => IdleState,
        "card.fault" => lines.StartsWith("kind", StringComparison.Ordinal) ? "at = \"1ms\"\n"
            : $"kind = \"{(lines.StartsWith("duration", StringComparison.Ordinal) ? "link-down" : "completion-error")}\"\nat = \"1ms\"\n",
        _ => "",
    };

    private static (HostScenario Host, DaqCardOptions Card) Read(string text)
    {
        var file = ScenarioFile.Parse(text, "test.toml");
        var host = HostScenario.Read(file);
        return (host, CardScenario.Read(file.Table("card"), host.Run.Seed, ""));
    }

    private static string RefusalOf(string text) => Assert.Throws<ScenarioException>(() => Read(text)).Message;
}
