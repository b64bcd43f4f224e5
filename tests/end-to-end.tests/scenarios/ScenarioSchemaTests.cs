using System.Text.Json.Nodes;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>The schema is generated from what the readers read; what is not generated is that every table is read, and how a default is written.</summary>
public sealed class ScenarioSchemaTests
{
    private const string NoKey = "zzzz";

    // What a source of interference needs besides the key in question.
    private const string Source = "name = \"ndis.sys\"\ninterval = \"1ms\"\nisr = \"1us\"\ndpc = \"1us\"\n";

    private static readonly Dictionary<string, (bool Repeats, JsonObject Properties)> Schema = [];

    static ScenarioSchemaTests() => Add("", JsonNode.Parse(File.ReadAllText(Path.Combine(ShippedScenarios.Folder, "scenario.schema.json")))!.AsObject());

    public static TheoryData<string> Tables => [.. Schema.Keys];

    [Theory]
    [MemberData(nameof(Tables))]
    public void TheSchemaHasTheKeysThatTheReaderKnows(string path)
    {
        var refusal = Assert.Throws<ScenarioException>(() => Read(With(path, path == "expect" ? $"{NoKey} = \"== 0\"" : $"{NoKey} = 0"))).Message;

        // A refusal ends with every key there is.
        var known = refusal.Split(path == "expect" ? "it has " : ": ")[^1].Split(", ");
        Assert.Equal(Schema[path].Properties.Select(p => p.Key).Order(StringComparer.Ordinal), known.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void ADefaultOfTheSchemaIsWhatTheReaderTakesForAnAbsentKey()
    {
        // These are refused without wall-clock pacing, a file, a playback or a raised thread, and most of a fault's without its kind.
        string[] conditional = ["time-scale", "repeat", "loop", "raised-irql"];
        var text = string.Concat(Schema.Keys.Where(path => path is not ("" or "card.fault")).Select(path => With(path, string.Join('\n',
            from property in Schema[path].Properties
            where property.Value!["default"] is not null && !conditional.Contains(property.Key)
            select $"{property.Key} = {property.Value!["default"]!.ToJsonString()}"))));
        Assert.Contains("queue-depth = 4\n", text, StringComparison.Ordinal);

        Assert.Equal(Read($"[[host.interference]]\n{Source}"), Read(text));
    }

    private static void Add(string path, JsonObject node)
    {
        var repeats = (string?)node["type"] == "array";
        var properties = (repeats ? node["items"]! : node)["properties"]!.AsObject();
        Schema.Add(path, (repeats, properties));
        foreach (var (key, property) in properties)
            if ((property!["items"] ?? property)["properties"] is not null) Add(path.Length == 0 ? key : $"{path}.{key}", property.AsObject());
    }

    private static string With(string path, string lines) => path.Length == 0 ? lines
        : $"{(Schema[path].Repeats ? $"[[{path}]]" : $"[{path}]")}\n{Required(path)}{lines}\n";

    private static string Required(string path) => path switch
    {
        "host.interference" => Source,
        "host.idle-state" => "after = \"1us\"\nexit-latency = \"1us\"\n",
        "card.fault" => "kind = \"completion-error\"\nat = \"1ms\"\n",
        _ => "",
    };

    // What was read, in words: all of it but idle states, which have no defaults.
    private static string Read(string text)
    {
        var file = ScenarioFile.Parse(text, "test.toml");
        var host = HostScenario.Read(file);
        var kernel = host.Machine.Kernel with { IdleStates = [] };
        return string.Join('\n', host.Run, kernel, host.Machine.Bus, string.Join('\n', host.Machine.Interference), host.Driver,
            DaqCardOptions.Read(file, host.Run.Seed));
    }
}
