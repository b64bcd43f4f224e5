using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Link.Sessions;
using Pcie.Scenario;

namespace Pcie.Emu.Replay;

/// <summary>A card of ours in this process, to play a session against.</summary>
/// <param name="Description">What it is, for a person.</param>
internal sealed record ReplayedCard(LocalCard Local, string Description) : IDisposable
{
    /// <summary>The host's end.</summary>
    public ILinkTransport Transport => Local.HostEnd;

    /// <param name="scenario">File or shipped scenario that says how the card is built; null for as it is without one.</param>
    /// <param name="seed">Null for the scenario's own.</param>
    /// <param name="instead">Of the scenario's card; null for that one.</param>
    /// <exception cref="ScenarioException">The scenario is refused.</exception>
    public static ReplayedCard Create(SessionHead head, string? scenario, ulong? seed, CardInstead? instead = null)
    {
        var path = scenario is null ? null : ScenarioCatalog.Find(scenario);
        var file = path is null ? ScenarioFile.Parse("", "no scenario") : ScenarioFile.Load(path);
        var run = RunScenario.Read(file);
        var chosen = seed ?? run.Seed;
        var design = CardKinds.DesignOf(file, run with { Seed = chosen }, instead);
        var local = new LocalCard(design, new LinkSessionOptions(head.Pacing, head.Latency), run.CompletionTimeout);
        local.Start();
        return new ReplayedCard(local, $"inproc: {run.Name}, seed {chosen}");
    }

    public void Dispose() => Local.Dispose();
}
