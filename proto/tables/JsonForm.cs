using System.ComponentModel;
using System.Reflection;
using System.Text.Json.Serialization;

namespace Pcie.Tables;

/// <summary>What a program prints as one JSON object: its record names the form by <see cref="JsonFormAttribute"/>.</summary>
public abstract record JsonForm
{
    [Description("What this object is, and the version of its form: a member that goes, or means something else, makes another.")]
    [JsonPropertyOrder(-1)]
    public string Schema => NameOf(GetType());

    public static string NameOf(Type form) => form.GetCustomAttribute<JsonFormAttribute>()?.Schema
        ?? throw new InvalidOperationException($"{form} is printed as JSON and has no {nameof(JsonFormAttribute)} that names its form.");
}
