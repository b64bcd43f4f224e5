namespace Pcie.Scenario;

/// <summary>
/// Declares a key of a scenario's table, on the property that it fills: reader, schema and reference follow from it. The default is what a new object
/// has, a <c>required</c> property must be given, and a property without a getter is another way to write one that has one.
/// </summary>
/// <param name="name">As a file spells the key; with a dot in a table below: <c>source.period</c>.</param>
/// <param name="sentence">What the key means. Range and default are added to it.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeyAttribute(string name, string sentence) : Attribute
{
    public string Name => name;
    public string Sentence => sentence;

    /// <summary>Least value: a number in the smallest unit, or a text as in a file (<c>"1us"</c>).</summary>
    public object? Min { get; init; }

    /// <summary>Largest value, as <see cref="Min"/>.</summary>
    public object? Max { get; init; }

    public bool IsPowerOfTwo { get; init; }

    public Unit Unit { get; init; }

    /// <summary>Those values of an enum that can be chosen; null for all.</summary>
    public object[]? Choices { get; init; }

    /// <summary>How many values a list has; 0 for any number.</summary>
    public int Count { get; init; }

    /// <summary>The key whose value this one stays below, which the reader is told (<see cref="ScenarioTable.Read{T}"/>).</summary>
    public string? Below { get; init; }

    /// <summary>In a table of one of several kinds (<see cref="KindsAttribute"/>): why a table of a kind without this key cannot have it.</summary>
    public string? Elsewhere { get; init; }

    /// <summary>Of the key that makes a table one of its kind: why the table cannot have other kinds' keys without <see cref="Elsewhere"/>.</summary>
    public string? Excludes { get; init; }
}

/// <summary>The keys of the property's type stand in the same table; if the property is null at first, all of them or none.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class KeysAttribute : Attribute;

/// <summary>A table that the type's keys are in.</summary>
/// <param name="path">Dotted, from the top of the file.</param>
/// <param name="sentence">What the table is about.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class TableAttribute(string path, string sentence) : Attribute
{
    public string Path => path;
    public string Sentence => sentence;
}

/// <summary>A closed union: a table is of the one of these types whose own required key is there.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class KindsAttribute(params Type[] kinds) : Attribute
{
    public IReadOnlyList<Type> Kinds => kinds;
}
