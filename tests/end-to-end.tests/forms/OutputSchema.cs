using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;
using Pcie.Emu.Forms;

namespace Pcie.EndToEnd.Tests.Forms;

/// <summary>
/// The schema that <c>emu schema</c> prints of a form, with no member allowed that it does not have; judged by a validator that is not ours.
/// </summary>
internal static class OutputSchema
{
    private static readonly EvaluationOptions EachPlace = new() { OutputFormat = OutputFormat.List };
    private static readonly Dictionary<string, JsonSchema> Strict = OutputForms.Names.ToDictionary(name => name, StrictOf);

    /// <summary>Asserts that an object is of the form that it says it is.</summary>
    /// <returns>The object.</returns>
    public static JsonElement AssertValid(string json)
    {
        using var document = JsonDocument.Parse(json);
        var form = document.RootElement.GetProperty("schema").GetString()!;
        var result = Strict[form.Split('/')[0]].Evaluate(document.RootElement, EachPlace);
        Assert.True(result.IsValid, $"{form}: " + string.Join('\n', (result.Details ?? []).Where(place => place.Errors is not null)
            .SelectMany(place => place.Errors!.Select(error => $"{place.InstanceLocation}: {error.Value}")).Take(10)));
        return document.RootElement.Clone();
    }

    /// <summary>Every schema within one, by its place.</summary>
    public static IEnumerable<(string Place, JsonObject Schema)> Within(JsonNode? node, string place = "#") => node switch
    {
        JsonObject schema => schema.SelectMany(member => Within(member.Value, $"{place}/{member.Key}")).Prepend((place, schema)),
        JsonArray several => several.SelectMany((one, i) => Within(one, $"{place}/{i}")),
        _ => [],
    };

    private static JsonSchema StrictOf(string name)
    {
        var schema = OutputForms.SchemaOf(name);
        foreach (var (_, inner) in Within(schema).ToList())
            if (inner["properties"] is JsonObject && inner["required"] is JsonArray) inner["additionalProperties"] = false;
        return JsonSchema.FromText(schema.ToJsonString());
    }
}
