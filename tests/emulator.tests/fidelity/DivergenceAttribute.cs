namespace Pcie.Emulator.Tests.Fidelity;

/// <summary>The test shows what a row of docs/fidelity.md says of the card. <see cref="FidelityTests"/> holds rows and tests together.</summary>
/// <param name="what">The row's first cell, without the sections in parentheses.</param>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class DivergenceAttribute(string what) : Attribute
{
    public string What => what;
}
