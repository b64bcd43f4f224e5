using Pcie.Scenario;

namespace Pcie.DriverModel.Study;

/// <summary>A card that is emulated in this process: what a driver's program runs against if it is told <c>--card inproc:</c>.</summary>
public interface ICardInProcess
{
    /// <summary>Puts a new one into the slot.</summary>
    /// <param name="file">The scenario, which has a section of the card's: of several cards, <see cref="ScenarioFile.OfCard"/>.</param>
    /// <param name="run">What both must agree on.</param>
    /// <param name="recordTrace">Whether the card's trace is kept.</param>
    /// <exception cref="ScenarioException">The card's section is refused.</exception>
    IAttachedCard Insert(ScenarioFile file, RunScenario run, bool recordTrace);
}
