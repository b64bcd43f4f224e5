using Pcie.Registers.Reading;

namespace Pcie.Registers.SystemRdl;

/// <summary>What names mean between two braces, and what is taken for properties that nobody sets there.</summary>
/// <param name="outer">Null outside of all.</param>
internal sealed class RdlScope(RdlScope? outer)
{
    public RdlScope? Outer => outer;
    public Dictionary<string, RdlType> Types { get; } = [];
    public Dictionary<string, (RdlEnum Enum, RdlScope Scope)> Enums { get; } = [];
    public Dictionary<string, RdlValue> Defaults { get; } = [];
    public Dictionary<string, Int128> Parameters { get; } = [];

    /// <summary>Parameters that are no numbers: texts, and words such as woclr.</summary>
    public Dictionary<string, RdlValue> Words { get; } = [];
    public HashSet<string> Properties { get; } = [];

    /// <summary>Names of instances that are no part of a map: signals and aliases.</summary>
    public HashSet<string> LeftOut { get; } = [];

    public RdlType? Type(string name) => Find(scope => scope.Types.GetValueOrDefault(name));

    public (RdlEnum Enum, RdlScope Scope)? Enumeration(string name) =>
        Find(scope => scope.Enums.TryGetValue(name, out var found) ? found : ((RdlEnum, RdlScope)?)null);

    public RdlValue? Default(string property) => Find(scope => scope.Defaults.GetValueOrDefault(property));

    /// <summary>A parameter that is no number; null for all else.</summary>
    public RdlValue? Word(string name) =>
        Find(scope => scope.Words.ContainsKey(name) || scope.Parameters.ContainsKey(name) ? scope : null)?.Words.GetValueOrDefault(name);

    public bool HasProperty(string name) => Find(scope => scope.Properties.Contains(name) ? scope : null) is not null;

    /// <summary>A parameter, or a value of an enumeration, as in mode::FAST.</summary>
    public Int128? Number(string name)
    {
        if (name.Split("::") is [var type, var value])
            return Enumeration(type) is var (enumeration, scope) && RdlEnums.Values(enumeration, scope).TryGetValue(value, out var number) ? number
                : null;
        return Find(scope => scope.Parameters.TryGetValue(name, out var known) ? known : (Int128?)null);
    }

    /// <summary>A parameter only.</summary>
    public Int128? WithoutEnums(string name) => name.Contains(':', StringComparison.Ordinal) ? null : Number(name);

    private T? Find<T>(Func<RdlScope, T?> look)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (look(scope) is { } found) return found;
        return default;
    }
}

/// <summary>A component that has a name, and where it was written.</summary>
internal sealed record RdlType(RdlComponent Component, RdlScope Scope);

/// <summary>What a property is set to, and where its names mean something.</summary>
/// <param name="Expression">Null for true.</param>
internal sealed record RdlValue(Expression? Expression, RdlScope Scope, int Line);
