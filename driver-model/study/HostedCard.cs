using Pcie.Scenario;

namespace Pcie.DriverModel.Study;

/// <summary>A card of the host, and the driver that it gets there.</summary>
/// <param name="Name">What tells it from the others: <c>card2</c> for the second, unless its <c>[[card]]</c> says another name.</param>
public sealed record HostedCard(string Name, DriverDesign Driver)
{
    internal static IReadOnlyList<HostedCard> ReadAll(ScenarioFile file, RunScenario run, int processors, Func<DriverScenario, DriverDesign> driver)
    {
        var (cards, errors) = (new List<HostedCard>(), new ScenarioErrors());
        for (var number = 1; number <= file.CardCount; number++)
        {
            var own = file.OfCard(number);
            var name = own.CardName ?? NameOf(number);
            if (cards.Exists(card => card.Name == name))
                throw own.Table("card").Refusal("name", $"there is a card named \"{name}\" already; the report tells them apart by their names");
            if (errors.Of(() => new DriverScenario(own, run, processors).Build(driver)) is { } design) cards.Add(new HostedCard(name, design));
        }
        errors.ThrowIfAny();
        return cards;
    }

    /// <summary>What a card is called that has no name.</summary>
    internal static string NameOf(int number) => $"card{number}";
}
