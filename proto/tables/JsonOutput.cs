using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pcie.Tables;

/// <summary>
/// How all programs print objects: members in snake case, words of enumerations in kebab case, indented, and nothing escaped that need not be.
/// </summary>
public static class JsonOutput
{
    public static JsonSerializerOptions Options { get; } = Create(indented: true);

    private static readonly JsonSerializerOptions Compact = Create(indented: false);

    /// <summary>The object as the programs print it, without the end of its last line.</summary>
    public static string TextOf(JsonForm form) => JsonSerializer.Serialize(form, form.GetType(), Options);

    /// <inheritdoc cref="TextOf(JsonForm)"/>
    public static string TextOf(JsonObject json) => json.ToJsonString(Options);

    /// <summary>The same as an object.</summary>
    public static JsonObject ObjectOf(object figures) => JsonSerializer.SerializeToNode(figures, figures.GetType(), Options)!.AsObject();

    /// <summary>Writes an object on one line, what it enumerates as it comes: for those that may not fit into memory.</summary>
    public static void WriteLine(JsonForm form, Stream output)
    {
        JsonSerializer.Serialize(output, form, form.GetType(), Compact);
        output.WriteByte((byte)'\n');
    }

    private static JsonSerializerOptions Create(bool indented)
    {
        var options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
            NumberHandling = JsonNumberHandling.Strict,
            WriteIndented = indented,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}
