using Pcie.Link;

namespace Pcie.Ui.Watching;

/// <summary>A card that a page can be of.</summary>
/// <param name="Name">For a person.</param>
/// <param name="Card">Null if only its driver is watched.</param>
/// <param name="Place">Which of the host's it is, from 0; null if its driver is not watched.</param>
public sealed record ShownCard(string Name, CardWatcher? Card, int? Place)
{
    /// <summary>Finds each card's driver: by where the card is, and those that the driver knows by another address, in their order.</summary>
    /// <param name="hosted">The cards of the driver's host, in their order.</param>
    public static IReadOnlyList<ShownCard> Pair(IReadOnlyList<CardWatcher> cards, IReadOnlyList<(string Name, string Uri)> hosted)
    {
        var known = hosted.Select(one => cards.FirstOrDefault(card => IsAt(card.Uri, one.Uri))).ToList();
        var others = new Queue<CardWatcher>(cards.Where(card => !known.Contains(card)));
        var paired = hosted.Select((one, place) => new ShownCard(one.Name, known[place] ?? Next(others), place)).ToList();
        return [.. paired, .. others.Select(card => new ShownCard(card.Description?.Name ?? $"{card.Uri}", card, null))];
    }

    private static bool IsAt(LinkUri uri, string said) => $"{uri}" == said;

    private static CardWatcher? Next(Queue<CardWatcher> others) => others.TryDequeue(out var next) ? next : null;
}
