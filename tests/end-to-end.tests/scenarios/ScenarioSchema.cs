using System.Text.Json.Nodes;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>The JSON Schema that ships with the scenarios, table by table.</summary>
internal sealed class ScenarioSchema
{
    private readonly JsonObject root;

    private ScenarioSchema(JsonObject root)
    {
        this.root = root;
        Add("", root);
    }

    public static ScenarioSchema Load() =>
        new(JsonNode.Parse(File.ReadAllText(Path.Combine(ShippedScenarios.Folder, "scenario.schema.json")))!.AsObject());

    /// <summary>Every table that a file can have, in the order of the schema; first the file itself, without a name.</summary>
    public List<Table> Tables { get; } = [];

    /// <summary>What <c>$ref</c> can name, in the order of the schema.</summary>
    public IEnumerable<(string Name, JsonObject Definition)> Definitions =>
        root["$defs"]!.AsObject().Select(definition => (definition.Key, definition.Value!.AsObject()));

    public Table this[string path] => Tables.Single(table => table.Path == path);

    private void Add(string path, JsonObject node)
    {
        var repeats = (string?)node["type"] == "array";
        var content = repeats ? node["items"]!.AsObject() : node;
        var table = new Table(path, repeats, (string)node["description"]!, content["properties"]!.AsObject(),
            [.. content["required"]?.AsArray().Select(key => (string)key!) ?? []],
            [.. content["patternProperties"]?.AsObject().Select(pattern => pattern.Value!.AsObject()) ?? []],
            [.. content["patternProperties"]?.AsObject().Select(pattern => pattern.Key) ?? []]);
        Tables.Add(table);
        foreach (var (key, property) in table.Properties)
        {
            if (Table.IsTable(property!.AsObject())) Add(path.Length == 0 ? key : $"{path}.{key}", property.AsObject());
        }
    }

    /// <param name="Path">Dotted, as in the file's header.</param>
    /// <param name="Repeats">Whether it stands in double brackets.</param>
    /// <param name="Patterns">Kinds of keys of which there are any number; each has a title.</param>
    /// <param name="PatternNames">Their regular expressions.</param>
    internal sealed record Table(
        string Path, bool Repeats, string Description, JsonObject Properties, IReadOnlyList<string> Required, IReadOnlyList<JsonObject> Patterns,
        IReadOnlyList<string> PatternNames)
    {
        public string Header => Repeats ? $"[[{Path}]]" : $"[{Path}]";

        /// <summary>The keys that are no tables themselves.</summary>
        public IEnumerable<(string Name, JsonObject Property)> Keys =>
            Properties.Where(p => !IsTable(p.Value!.AsObject())).Select(p => (p.Key, p.Value!.AsObject()));

        public static bool IsTable(JsonObject property) =>
            property.ContainsKey("properties") || property["items"] is JsonObject items && items.ContainsKey("properties");
    }
}
