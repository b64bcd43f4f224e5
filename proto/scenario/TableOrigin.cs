namespace Pcie.Scenario;

/// <summary>How a table came to be, which decides what TOML lets be added to it later.</summary>
internal enum TableOrigin
{
    /// <summary>Named on the way to another: <c>a</c> in <c>[a.b]</c>. May still get a header of its own.</summary>
    Implicit,

    /// <summary><c>[a]</c></summary>
    Header,

    /// <summary><c>[[a]]</c></summary>
    Element,

    /// <summary><c>a</c> in <c>a.b = 1</c></summary>
    Dotted,

    /// <summary><c>{ … }</c>, or absent from the file. Complete.</summary>
    Inline,
}
