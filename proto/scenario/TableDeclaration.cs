using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace Pcie.Scenario;

/// <summary>A type's keys, as its properties declare them.</summary>
public sealed class TableDeclaration
{
    private static readonly ConcurrentDictionary<Type, TableDeclaration> Known = [];

    private readonly Type type;
    private readonly List<KeyDeclaration> own = [];
    private readonly List<(PropertyInfo Property, TableDeclaration Keys, bool IsOptional)> parts = [];

    private TableDeclaration(Type type)
    {
        this.type = type;
        Tables = [.. type.GetCustomAttributes<TableAttribute>(inherit: false)];
        Kinds = [.. type.GetCustomAttribute<KindsAttribute>(inherit: false)?.Kinds.Select(Of) ?? []];
        if (Kinds.Count > 0) return;
        object? fresh = null;
        foreach (var property in Properties(type))
        {
            if (property.GetCustomAttribute<KeyAttribute>() is { } key) own.Add(new KeyDeclaration(property, key, fresh ??= New()));
            if (property.IsDefined(typeof(KeysAttribute)))
            {
                var isOptional = property.GetValue(fresh ??= New()) is null && !property.IsDefined(typeof(RequiredMemberAttribute));
                parts.Add((property, Of(property.PropertyType), isOptional));
            }
        }
    }

    public static TableDeclaration Of(Type type) => Known.GetOrAdd(type, static type => new TableDeclaration(type));

    /// <summary>The table that the keys are in, and those below it.</summary>
    public IReadOnlyList<TableAttribute> Tables { get; }

    /// <summary>Of a union: what a table can be. Of another type: none.</summary>
    public IReadOnlyList<TableDeclaration> Kinds { get; }

    /// <summary>Every key that a table can have, those of its parts or of all its kinds included.</summary>
    public IEnumerable<KeyDeclaration> Keys => Kinds.Count > 0 ? Kinds.SelectMany(kind => kind.Keys).DistinctBy(key => key.Name)
        : own.Concat(parts.SelectMany(part => part.Keys.Keys));

    /// <summary>The key that must be there for a table to be of this kind, among several.</summary>
    public KeyDeclaration Mark => own.Find(key => key.IsRequired && key.DeclaringType == type) ?? parts.Find(part => !part.IsOptional).Keys.Mark;

    /// <summary>Whether a table cannot be without the key, whatever its kind.</summary>
    public bool IsRequired(KeyDeclaration key) => Kinds.Count == 0 ? key.IsRequired
        : Kinds.All(kind => kind.Keys.Any(other => other.Name == key.Name && other.IsRequired));

    internal object New() => Activator.CreateInstance(type, nonPublic: true)!;

    /// <summary>A new object, filled as far as nothing is refused.</summary>
    internal object Read(ScenarioTable table, long below, ScenarioErrors errors)
    {
        var read = New();
        Fill(read, table, below, errors);
        return read;
    }

    private void Fill(object target, ScenarioTable table, long below, ScenarioErrors errors)
    {
        foreach (var key in own) errors.Try(() => key.Fill(target, table, below));
        foreach (var (property, keys, isOptional) in parts)
        {
            if (isOptional && !table.Has(keys.Mark.Name)) continue;
            var part = property.GetValue(target) ?? keys.New();
            keys.Fill(part, table, below, errors);
            property.SetValue(target, part);
        }
    }

    // Those of base types first, each type's in the order of its text.
    private static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            .OrderBy(property => Depth(property.DeclaringType)).ThenBy(property => property.MetadataToken);

    private static int Depth(Type? type) => type is null ? 0 : 1 + Depth(type.BaseType);
}
