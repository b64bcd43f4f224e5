using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pcie.DriverModel.Expectations;
using Pcie.Scenario;
using Pcie.Trace;

namespace Pcie.Docs.Scenarios;

/// <summary>Writes the JSON Schema of the scenario file, by which an editor completes and checks one.</summary>
internal static class ScenarioSchema
{
    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text()
    {
        var root = Table("Everything about a run, in one TOML file. Every table and key may be left out unless it says otherwise.", []);
        root["properties"]!["include"] = new JsonObject
        {
            ["description"] = "Files that this one begins as: its own keys are laid over theirs, and of tables in double brackets all are there.",
            ["type"] = new JsonArray("string", "array"), ["items"] = new JsonObject { ["type"] = "string" },
        };
        foreach (var section in ScenarioSection.All) Add(root, section);
        foreach (var table in ScenarioSection.OfEachCard) AllowSeveral(root["properties"]!.AsObject(), table);
        var (path, expectations) = Expectations();
        root["properties"]![path] = expectations;
        root["$defs"] = Object(ValueKind.All.Select(kind => (kind.Name, (JsonNode)Definition(kind))));
        root.Insert(0, "title", "A scenario");
        root.Insert(0, "$schema", "https://json-schema.org/draft/2020-12/schema");
        return root.ToJsonString(Readable);
    }

    private static void Add(JsonObject root, ScenarioSection section)
    {
        var path = section.Path.Split('.');
        var parent = path.SkipLast(1).Aggregate(root, (table, name) => Inner(table, name, section.Kind));
        var table = Table(section.Sentence, section.Keys);
        if (section.Kind is not null && path.Length == 1)
        {
            AddKind(parent["properties"]![path[0]]!.AsObject(), table, section.Kind);
            return;
        }
        parent["properties"]![path[^1]] = !section.Repeats ? table
            : new JsonObject { ["description"] = section.Sentence, ["type"] = "array", ["items"] = table };
    }

    // One table, or one for each card; and among several a card of any kind has a name.
    private static void AllowSeveral(JsonObject tables, string name)
    {
        var one = tables[name]!.DeepClone().AsObject();
        var each = one.DeepClone().AsObject();
        foreach (var kind in each["oneOf"]!.AsArray())
            if (name == "card") kind!["properties"]!.AsObject().TryAdd("name", Property(ScenarioSection.CardName));
        tables[name] = new JsonObject
        {
            ["description"] = (string?)one["description"],
            ["anyOf"] = new JsonArray(one, new JsonObject
            {
                ["type"] = "array", ["minItems"] = 1, ["maxItems"] = ScenarioFile.MostCards, ["items"] = each,
            }),
        };
    }

    // Of a table of several kinds, what it is as this one.
    private static JsonObject Inner(JsonObject table, string name, string? kind)
    {
        var inner = table["properties"]![name]!.AsObject();
        return inner["oneOf"] is not JsonArray kinds ? inner
            : kinds.Single(one => (string?)one!["properties"]![ScenarioSection.KindKey]!["const"] == kind)!.AsObject();
    }

    // A table without the key that tells is of the first kind.
    private static void AddKind(JsonObject whole, JsonObject table, string kind)
    {
        if (whole["oneOf"] is null)
        {
            whole["oneOf"] = new JsonArray();
            whole.Remove("additionalProperties");
        }
        var choice = whole["properties"]?[ScenarioSection.KindKey] ?? whole["oneOf"]![0]!["properties"]![ScenarioSection.KindKey]!;
        var mark = new JsonObject { ["description"] = (string?)choice["description"], ["const"] = kind };
        var isDefault = whole["oneOf"]!.AsArray().Count == 0;
        if (isDefault) mark["default"] = kind;
        else table["required"] = new JsonArray([ScenarioSection.KindKey, .. table["required"]?.AsArray().Select(key => key!.DeepClone()) ?? []]);
        table["properties"]!.AsObject().Insert(0, ScenarioSection.KindKey, mark);
        whole["oneOf"]!.AsArray().Add(table);
        whole.Remove("properties");
    }

    private static JsonObject Table(string? sentence, IReadOnlyList<ScenarioSection.Key> keys)
    {
        var table = new JsonObject { ["type"] = "object", ["additionalProperties"] = false };
        if (sentence is not null) table.Insert(0, "description", sentence);
        JsonNode[] required = [.. keys.Where(key => key.IsRequired).Select(key => (JsonNode)key.Name)];
        if (required.Length > 0) table["required"] = new JsonArray(required);
        table["properties"] = Object(keys.Select(key => (key.Name, (JsonNode)Property(key.Declared))));
        return table;
    }

    private static JsonObject Property(KeyDeclaration key)
    {
        var property = new JsonObject { ["description"] = key.Sentence };
        switch (key.Kind)
        {
            case KeyKind.Duration or KeyKind.Rate or KeyKind.Bytes or KeyKind.Distribution when key.Numbers.Count == 0:
                // The schema has no range of texts.
                if (key.Range is { } range) property["description"] = $"{key.Sentence} {range}.";
                property["$ref"] = Reference(key.Kind);
                break;
            case KeyKind.Choice:
                property["enum"] = new JsonArray([.. key.Names.Select(name => (JsonNode)name)]);
                break;
            case KeyKind.Text or KeyKind.Flag:
                property["type"] = key.Kind == KeyKind.Text ? "string" : "boolean";
                break;
            case KeyKind.Durations:
                property["type"] = "array";
                if (key.Count > 0) (property["minItems"], property["maxItems"]) = (key.Count, key.Count);
                property["items"] = new JsonObject { ["$ref"] = Reference(KeyKind.Duration) };
                break;
            case KeyKind.Integers:
                property["type"] = "array";
                property["items"] = Ranged(new JsonObject { ["type"] = "integer" }, key);
                break;
            case var _ when key.Numbers.Count > 0:
                property["enum"] = new JsonArray([.. key.Numbers.Select(number => (JsonNode)number)]);
                break;
            default:
                property["type"] = key.Kind == KeyKind.Number ? "number" : "integer";
                Ranged(property, key);
                break;
        }
        if (key.Default is { } value) property["default"] = JsonSerializer.SerializeToNode(value);
        return property;
    }

    private static JsonObject Ranged(JsonObject number, KeyDeclaration key)
    {
        if (key.Min is { } min) number["minimum"] = min;
        if (key.Max is { } max) number["maximum"] = max;
        return number;
    }

    private static (string Path, JsonObject Table) Expectations()
    {
        var expect = TableDeclaration.Of(typeof(Expectation)).Tables[0];
        var table = Table(expect.Sentence, []);
        table["properties"] = Object(Expectation.Figures.Select(figure => (figure.Path, (JsonNode)Comparison(figure.Sentence))));
        table["patternProperties"] = Object(Expectation.Families.Select(family =>
        {
            var comparison = Comparison(family.Sentence);
            comparison.Insert(0, "title", family.Title);
            var points = $"({string.Join('|', CollapseCounter.Points)})";
            var beginning = Regex.Escape(family.Title[..^"NAME".Length]).Replace("POINT", points, StringComparison.Ordinal);
            return ($"^{beginning}", (JsonNode)comparison);
        }));
        return (expect.Path, table);
    }

    private static JsonObject Comparison(string sentence) => new() { ["description"] = sentence, ["$ref"] = "#/$defs/comparison" };

    private static JsonObject Definition(ValueKind kind)
    {
        var definition = new JsonObject { ["description"] = kind.Sentence };
        switch (kind.Name)
        {
            case "bytes":
                definition["oneOf"] = new JsonArray(new JsonObject { ["type"] = "integer", ["minimum"] = 0 }, Pattern(new JsonObject(), kind));
                break;
            case "distribution":
                var forms = ValueKind.DistributionForms.Select(form => Table(null, ScenarioSection.KeysOf(form, "")));
                definition["oneOf"] = new JsonArray([new JsonObject { ["$ref"] = Reference(KeyKind.Duration) }, .. forms]);
                break;
            default:
                Pattern(definition, kind);
                break;
        }
        definition["examples"] = JsonSerializer.SerializeToNode(kind.Examples);
        return definition;
    }

    private static JsonObject Pattern(JsonObject text, ValueKind kind)
    {
        text["type"] = "string";
        var units = kind.Quantity?.Units.Select(unit => unit.EndsWith("/s", StringComparison.Ordinal) ? unit[..^2] : unit);
        text["pattern"] = units is null ? "^ *(==|!=|<=|>=|<|>) *[^ ].*$"
            : $"^[0-9]+(\\.[0-9]+)? *({string.Join('|', units)}){(kind.Name == "rate" ? "/s" : "")}$";
        return text;
    }

    private static string Reference(KeyKind kind) => $"#/$defs/{ScenarioTable.NameOf(kind)}";

    private static JsonObject Object(IEnumerable<(string Name, JsonNode Value)> members) =>
        new(members.Select(member => KeyValuePair.Create(member.Name, (JsonNode?)member.Value)));
}
