using Pcie.Registers.Reading;

namespace Pcie.Registers.SystemRdl;

/// <summary>What stands in the braces of a component, in order.</summary>
internal abstract record RdlStatement(int Line);

/// <param name="Name">Null for one that is used where it stands.</param>
internal sealed record RdlComponent(string Kind, string? Name, IReadOnlyList<RdlParameter> Parameters, IReadOnlyList<RdlStatement> Body, int Line)
    : RdlStatement(Line);

/// <param name="Default">Null if a value has to be given.</param>
internal sealed record RdlParameter(string Name, Expression? Default, int Line);

/// <param name="Type">What is instantiated, by name; null if it is <paramref name="Component"/>.</param>
/// <param name="Dimensions">Elements of an array; of a field its width.</param>
internal sealed record RdlInstance(
    string? Type, RdlComponent? Component, IReadOnlyDictionary<string, Expression> Arguments, string Name, IReadOnlyList<Expression> Dimensions,
    Expression? High, Expression? Low, Expression? Reset, Expression? Address, Expression? Stride, Expression? Alignment, bool IsAlias, int Line)
    : RdlStatement(Line);

/// <param name="Path">Of the instance whose property it is; null for the component in which it stands.</param>
/// <param name="IsOfElement">Whether the path picks an element of an array.</param>
/// <param name="Value">Null for a property that is named alone, which makes it true.</param>
internal sealed record RdlAssignment(bool IsDefault, IReadOnlyList<string>? Path, bool IsOfElement, string Property, Expression? Value, int Line)
    : RdlStatement(Line);

/// <param name="Source">For refusals.</param>
internal sealed record RdlEnum(string Name, IReadOnlyList<RdlEnumValue> Values, MapSource Source, int Line) : RdlStatement(Line);

/// <param name="Value">Null for one more than the one before.</param>
internal sealed record RdlEnumValue(string Name, Expression? Value, string Description, int Line);

/// <summary>A property of somebody's own.</summary>
internal sealed record RdlPropertyDefinition(string Name, int Line) : RdlStatement(Line);
