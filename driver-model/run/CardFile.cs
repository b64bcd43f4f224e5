using Pcie.DriverModel.Scenario;

namespace Pcie.DriverModel.Run;

/// <summary>What a run writes of each of its cards: a file for each, named after the first card's.</summary>
public static class CardFile
{
    /// <summary>That of a card: of the second, <c>session.tlps</c> is <c>session.card2.tlps</c>.</summary>
    /// <param name="path">The first card's; null for none.</param>
    /// <param name="index">The card's place among the host's, from 0.</param>
    public static string? Of(string? path, HostScenario host, int index) =>
        path is null || index == 0 ? path : Path.ChangeExtension(path, $"{host.Cards[index].Name}{Path.GetExtension(path)}");
}
