using Pcie.Emulator.Rtl;

namespace Pcie.Emulator.Hosting;

/// <summary>What a command line says of a card instead of the scenario; null for the scenario's.</summary>
/// <param name="SourceFile">A file that it streams, whatever the scenario's source is.</param>
/// <param name="Map">The registers that it is made of.</param>
/// <param name="Id">Vendor and device ID of such a card.</param>
/// <param name="Rtl">Its logic is RTL, simulated there.</param>
public sealed record CardInstead(CardKind? Kind = null, string? SourceFile = null, string? Map = null, string? Id = null, RtlPlace? Rtl = null)
{
    /// <summary>What a command line says of which card: one of those that are here, or RTL.</summary>
    /// <exception cref="FormatException">There is no such card, or it has not what is said of it.</exception>
    public static CardInstead Parse(string? device, string? configFile = null, string? waveFile = null)
    {
        if (RtlPlace.Parse(device, configFile, waveFile) is { } rtl) return new CardInstead(Rtl: rtl);
        return new CardInstead(device is null ? null : CardKinds.Parse(device)
            ?? throw new FormatException($"--device {device}: there is no such card; expected {CardKinds.Names}, or {RtlPlace.Scheme}PATH."));
    }
}
