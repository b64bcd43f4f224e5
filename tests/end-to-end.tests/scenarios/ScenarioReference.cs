using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>Writes the reference of the scenario file, docs/scenarios.md, from the schema.</summary>
internal static class ScenarioReference
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(ScenarioSchema schema)
    {
        var text = new StringBuilder();
        text.Append("""
            # Scenario files

            <!-- Written from tools/emu/scenarios/scenario.schema.json by the test ScenarioReferenceTests;
                 change the schema, then run it with the environment variable UPDATE_DOCS=1. -->

            A scenario is one TOML file that says everything about a run. Every table and every key may be left out
            unless its default says *required*; a dash means that leaving it out is a choice of its own, which the
            meaning explains. An unknown key, a value without its unit and an impossible value are refused with file,
            line and column. An editor that knows TOML schemas completes the keys if the file begins with

                #:schema ./scenario.schema.json

            where the path leads to [`scenario.schema.json`](../tools/emu/scenarios/scenario.schema.json).


            """);
        Kinds(text, schema);
        foreach (var table in schema.Tables.Where(table => table.Path.Length > 0)) Section(text, table);
        return text.ToString().TrimEnd('\n') + "\n";
    }

    private static void Kinds(StringBuilder text, ScenarioSchema schema)
    {
        text.Append("## Kinds of values\n\n| Kind | Meaning | Example |\n|---|---|---|\n");
        foreach (var (name, definition) in schema.Definitions)
        {
            var examples = string.Join(", ", definition["examples"]!.AsArray().Select(Literal));
            text.Append(CultureInfo.InvariantCulture, $"| {name} | {Cell(definition["description"]!)} | {examples} |\n");
        }
        text.Append("\nA distribution is a duration, or one of these tables; those with a `maximum` draw nothing longer.\n\n");
        text.Append("| Table | Meaning |\n|---|---|\n");
        foreach (var form in schema.Definitions.Single(d => d.Name == "distribution").Definition["oneOf"]!.AsArray())
        {
            if (form!["properties"] is not JsonObject properties) continue;
            var example = string.Join(", ", properties.Select(p => $"{p.Key} = {Example(p.Key)}"));
            var meanings = properties.Where(p => p.Key != "maximum").Select(p => $"`{p.Key}`: {Cell(p.Value!["description"]!)}");
            text.Append(CultureInfo.InvariantCulture, $"| `{{ {example} }}` | {string.Join(' ', meanings)} |\n");
        }
        text.Append('\n');
    }

    private static void Section(StringBuilder text, ScenarioSchema.Table table)
    {
        var figures = table.Path == "expect";
        text.Append(CultureInfo.InvariantCulture, $"## `{table.Header}`\n\n{table.Description}\n\n");
        text.Append(figures ? "| Figure | Meaning |\n|---|---|\n" : "| Key | Value | Default | Meaning |\n|---|---|---|---|\n");
        foreach (var (name, property) in table.Keys)
        {
            var meaning = Cell(property["description"]!);
            var absent = table.Required.Contains(name) ? "*required*" : property["default"] is { } value ? Literal(value) : "–";
            text.Append(figures
                ? $"| `\"{name}\"` | {meaning} |\n"
                : $"| `{name}` | {KindOf(property)} | {absent} | {meaning} |\n");
        }
        foreach (var pattern in table.Patterns)
            text.Append(CultureInfo.InvariantCulture, $"| `\"{(string)pattern["title"]!}\"` | {Cell(pattern["description"]!)} |\n");
        text.Append('\n');
    }

    private static string KindOf(JsonObject property)
    {
        if (property["$ref"] is { } reference) return ((string)reference!).Split('/')[^1];
        if (property["enum"] is JsonArray names) return string.Join(", ", names.Select(Literal));
        if (property["items"] is { } numbers && (string?)numbers["type"] == "integer") return "list of whole numbers";
        if (property["items"] is { } items) return $"list of {KindOf(items.AsObject())}s";
        var type = (string)property["type"]! switch
        {
            "string" => "text",
            "boolean" => "true or false",
            "integer" => "whole number",
            var other => other,
        };
        return (property["minimum"], property["maximum"]) switch
        {
            ({ } least, { } most) => $"{type}, {least} to {most}",
            ({ } least, null) => $"{type}, {least} or more",
            _ => type,
        };
    }

    private static string Example(string key) => key switch
    {
        "uniform" => "[\"1ms\", \"2ms\"]",
        "quantiles" => "[\"1us\", …, \"5ms\"]",
        "sigma" => "0.6",
        "alpha" => "1.9",
        "maximum" => "\"5ms\"",
        _ => "\"80us\"",
    };

    private static string Literal(JsonNode? value) => $"`{value!.ToJsonString(Readable)}`";

    private static string Cell(JsonNode description) => ((string)description!).Replace("|", "\\|", StringComparison.Ordinal);
}
