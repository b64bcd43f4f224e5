namespace Pcie.Emulator.Control;

/// <summary>A request to look into the card cannot be carried out. The text says what was wrong and what to do.</summary>
/// <param name="isMissing">Whether what was named is not there; else a value or a place is wrong.</param>
public sealed class CardInspectionException(bool isMissing, string message) : Exception(message)
{
    public bool IsMissing { get; } = isMissing;
}
