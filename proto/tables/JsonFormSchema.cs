using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization.Metadata;

namespace Pcie.Tables;

/// <summary>
/// The JSON Schema of a <see cref="JsonForm"/>, made from its record: what a member is called and may be from its property, what it means from the
/// <see cref="DescriptionAttribute"/> there. All members are always there.
/// </summary>
public static class JsonFormSchema
{
    public const string Dialect = "https://json-schema.org/draft/2020-12/schema";

    private static readonly JsonSchemaExporterOptions Exporter = new() { TreatNullObliviousAsNonNullable = true, TransformSchemaNode = Complete };

    /// <summary>The schema by itself.</summary>
    public static JsonObject Of(Type form)
    {
        var schema = Inner(form);
        schema.Insert(0, "$schema", Dialect);
        schema.Insert(1, "title", JsonForm.NameOf(form));
        return schema;
    }

    /// <summary>The same for a place within another schema: it refers to nothing outside of itself.</summary>
    public static JsonObject Inner(Type form)
    {
        var exported = JsonOutput.Options.GetJsonSchemaAsNode(form, Exporter).AsObject();
        var schema = exported.DeepClone().AsObject();
        Settle(schema, exported);
        return schema;
    }

    private static JsonNode Complete(JsonSchemaExporterContext context, JsonNode node)
    {
        if (node is not JsonObject schema) return node;
        if (context.TypeInfo.Kind == JsonTypeInfoKind.Object && schema["properties"] is JsonObject members)
        {
            schema["required"] = new JsonArray([.. members.Select(member => (JsonNode)member.Key)]);
            if (typeof(JsonForm).IsAssignableFrom(context.TypeInfo.Type)) members["schema"]!["const"] = JsonForm.NameOf(context.TypeInfo.Type);
        }
        // What cannot be set is taken for what could be set to null.
        if (context.PropertyInfo is { IsGetNullable: false } && schema["type"] is JsonArray { Count: 2 } types)
            schema["type"] = types[0]!.DeepClone();
        if (context.PropertyInfo?.AttributeProvider is MemberInfo property
            && property.GetCustomAttribute<DescriptionAttribute>() is { Description: var description })
            schema.Insert(0, "description", description);
        return schema;
    }

    // Of a record that there is twice the exporter says where it was before. It stands in both places, since what a member of it means may hang on
    // what the record means there: its description has a place for that.
    private static void Settle(JsonObject schema, JsonObject exported)
    {
        if ((string?)schema["$ref"] is { } place)
        {
            schema.Remove("$ref");
            foreach (var (key, value) in At(exported, place).ToList()) schema.TryAdd(key, value?.DeepClone());
        }
        foreach (var (key, node) in schema)
            if (key != "properties" && node is JsonObject inner) Settle(inner, exported);
            else if (key == "properties")
                foreach (var member in node!.AsObject().Select(member => member.Value).OfType<JsonObject>())
                {
                    if ((string?)schema["description"] is { } outer && (string?)member["description"] is { } sentence)
                        member["description"] = string.Format(CultureInfo.InvariantCulture, sentence, outer);
                    Settle(member, exported);
                }
    }

    // A pointer, as in #/properties/waits/items.
    private static JsonObject At(JsonObject exported, string place) =>
        place.Split('/')[1..].Aggregate(exported, (inner, name) => inner[name]!.AsObject());
}
