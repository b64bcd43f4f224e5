using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.DriverModel.Study;
using Pcie.Scenario;

namespace Pcie.OneProcess;

/// <summary>A run of a driver against a card in this process, to its end: for a test of either.</summary>
public static class OneProcessRun
{
    /// <param name="scenario">The scenario's text; empty for a second of everything as it is by itself.</param>
    /// <param name="driver">Makes the driver of what the scenario says.</param>
    /// <exception cref="ScenarioException">The scenario is refused.</exception>
    public static RunReport Of(string scenario, Func<DriverScenario, DriverDesign> driver, ICardInProcess card,
        CancellationToken cancellation = default)
    {
        var file = ScenarioFile.Parse(scenario, "scenario");
        var host = HostScenario.Read(file, driver);
        var attached = new List<IAttachedCard>();
        try
        {
            for (var number = 1; number <= host.Cards.Count; number++) attached.Add(card.Insert(file.OfCard(number), host.Run, recordTrace: false));
            return new HostRun(host, [.. attached.Select(one => one.Transport)], [.. attached.Select(_ => (Stream?)null)])
                .Execute([.. attached.Select(one => new RunLink(one.Link, one.GetStatistics))], cancellation);
        }
        finally
        {
            attached.ForEach(one => one.Dispose());
        }
    }
}
