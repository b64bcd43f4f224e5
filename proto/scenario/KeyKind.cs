namespace Pcie.Scenario;

/// <summary>How a key's value is written. A declaration has the kind of its property's type, unless it names a <see cref="Unit"/>.</summary>
public enum KeyKind
{
    Text,
    Flag,
    Integer,
    Number,
    Duration,
    Bytes,
    Rate,
    Distribution,

    /// <summary>One of the names of an enum, in kebab case.</summary>
    Choice,
    Durations,
    Integers,

    /// <summary>Tables under <c>[[…]]</c> headers.</summary>
    Tables,
}

/// <summary>What a whole number counts, where its type does not tell.</summary>
public enum Unit
{
    None,
    Bytes,
    BytesPerSecond,
}
