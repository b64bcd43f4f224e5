using Pcie.DriverModel.Study;
using Pcie.Emulator.Hosting;
using Pcie.Scenario;

namespace Pcie.OneProcess;

/// <summary>
/// A card beside the driver that runs against it: free-running on the driver's thread, by the wall clock on one of its own.
/// <code>
/// return await DriverProgram.RunAsync(args, driver, new CardInProcess(CardDesign.Edu));
/// </code>
/// </summary>
/// <param name="design">Makes the card of the scenario's section.</param>
public sealed class CardInProcess(Func<CardScenario, CardDesign> design) : ICardInProcess
{
    /// <summary>A card that has nothing to choose.</summary>
    public CardInProcess(CardDesign design) : this(_ => design)
    {
    }

    /// <inheritdoc/>
    public IAttachedCard Insert(ScenarioFile file, RunScenario run, bool recordTrace) =>
        new InsertedCard(new CardScenario(file, run).Build(design), run, recordTrace);
}
