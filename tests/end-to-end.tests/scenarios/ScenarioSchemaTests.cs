using System.Text.Json.Nodes;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>
/// The schema is generated from what the readers read; what is not generated is that every table is read, and how a default is written.
/// </summary>
public sealed class ScenarioSchemaTests
{
    private const string NoKey = "zzzz";

    // What a source of interference needs besides the key in question.
    private const string Source = "name = \"ndis.sys\"\ninterval = \"1ms\"\nisr = \"1us\"\ndpc = \"1us\"\n";

    // By path, of a table of several kinds by path and kind.
    private static readonly Dictionary<string, (string Above, string Header, JsonObject Properties)> Schema = [];

    static ScenarioSchemaTests() => Add("", "", JsonNode.Parse(File.ReadAllText(Path.Combine(ShippedScenarios.Folder,
        "scenario.schema.json")))!.AsObject());

    public static TheoryData<string> Tables => [.. Schema.Keys];

    [Theory]
    [MemberData(nameof(Tables))]
    public void TheSchemaHasTheKeysThatTheReaderKnows(string path) =>
        Assert.Equal(Schema[path].Properties.Select(p => p.Key).Order(StringComparer.Ordinal),
            KnownTo(path).Distinct().Order(StringComparer.Ordinal));

    // A refusal ends with every key there is. What can be expected depends on the driver.
    private static IEnumerable<string> KnownTo(string path) => path == "expect"
        ? Named("it has ", $"[expect]\n{NoKey} = \"== 0\"\n").Concat(Named("it has ", $"[driver]\nkind = \"edu\"\n[expect]\n{NoKey} = \"== 0\"\n"))
        : Named(": ", With(path, $"{NoKey} = 0"));

    private static string[] Named(string after, string text) =>
        Assert.Throws<ScenarioException>(() => Read(text)).Message.Split(after)[^1].Split(", ");

    [Fact]
    public void ADefaultOfTheSchemaIsWhatTheReaderTakesForAnAbsentKey()
    {
        // These are refused without wall-clock pacing, a file, a playback, a raised thread, another source, a burst or Linux' rules, and most of a
        // fault's without its kind.
        string[] conditional = ["time-scale", "repeat", "loop", "raised-irql", "chance", "burst-goes-on", "ksoftirqd-wait"];
        string[] others = ["", "card.fault"];
        var text = string.Concat(Schema.Keys.Where(path => !others.Contains(path) && !path.Contains('=')).Select(path => With(path, string.Join('\n',
            from property in Schema[path].Properties
            where property.Value!["default"] is not null && !conditional.Contains(property.Key)
            select $"{property.Key} = {property.Value!["default"]!.ToJsonString()}"))));
        Assert.Contains("queue-depth = 4\n", text, StringComparison.Ordinal);

        Assert.Equal(Read($"[[host.interference]]\n{Source}"), Read(text));
    }

    // The first kind is a table without a kind too.
    private static void Add(string path, string above, JsonObject node)
    {
        var repeats = (string?)node["type"] == "array";
        var table = repeats ? node["items"]!.AsObject() : node;
        if (table["oneOf"] is JsonArray kinds)
        {
            foreach (var kind in kinds.Select(kind => kind!.AsObject()))
            {
                var name = (string)kind["properties"]!["kind"]!["const"]!;
                var isFirst = ReferenceEquals(kind, kinds[0]);
                Add(isFirst ? path : $"{path}={name}", isFirst ? "" : $"[{path}]\nkind = \"{name}\"\n", kind);
            }
            return;
        }
        var properties = table["properties"]!.AsObject();
        var place = string.Concat(path.Split('.').Select((part, i) => (i == 0 ? "" : ".") + part.Split('=')[0]));
        var isKind = above.StartsWith($"[{place}]\n", StringComparison.Ordinal);
        Schema.Add(path, (above, path.Length == 0 || isKind ? "" : repeats ? $"[[{place}]]\n" : $"[{place}]\n", properties));
        foreach (var (key, property) in properties)
        {
            // One, or one for each card: the same.
            var one = property!["anyOf"]?[0] ?? property;
            var inner = one["items"] ?? one;
            if (inner["properties"] is not null || inner["oneOf"]?[0]?["properties"]?["kind"] is not null)
                Add(path.Length == 0 ? key : $"{path}.{key}", above, one.AsObject());
        }
    }

    private static string With(string path, string lines) => $"{Schema[path].Above}{Schema[path].Header}{Required(path)}{lines}\n";

    private static string Required(string path) => path switch
    {
        "host.interference" => Source,
        "host.idle-state" => "after = \"1us\"\nexit-latency = \"1us\"\n",
        "card.fault" or "card=edu.fault" or "card=nvme.fault" or "card=endpoint-test.fault"
            or "card=registers.fault" => "kind = \"completion-error\"\nat = \"1ms\"\n",
        _ => "",
    };

    // What was read, in words: all of it but idle states, which have no defaults.
    private static string Read(string text)
    {
        var file = ScenarioFile.Parse(text, "test.toml");
        var host = HostScenario.Read(file);
        var kernel = host.Machine.Kernel with { IdleStates = [] };
        CardKinds.DesignOf(file, host.Run);
        return string.Join('\n', host.Run, kernel, host.Machine.Bus, string.Join('\n', host.Machine.Interference), host.Driver,
            file.TableOf<CardChoice>().ReadPart<CardChoice>().Kind == CardKind.Daq ? DaqCardOptions.Read(file, host.Run.Seed) : null);
    }
}
