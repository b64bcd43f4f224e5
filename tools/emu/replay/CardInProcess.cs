using Pcie.Emu.Running;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Emu.Replay;

/// <summary>The shipped card in this process, to play a session against: on this thread if it is free-running, else on one of its own.</summary>
internal sealed class CardInProcess : IDisposable
{
    private readonly EmulatedCard card;
    private readonly Thread? engine;

    private CardInProcess(DaqCardOptions options, SessionHead head, Duration completionTimeout)
    {
        var session = new LinkSessionOptions(head.Pacing, head.Latency);
        if (head.Pacing == Pacing.FreeRunning)
        {
            var device = new DirectTransport();
            card = new EmulatedCard(CardDesign.Daq(options), device, session, completionTimeout);
            var host = device.CreateHostEnd(card.Session.ServePending);
            Transport = host;
            return;
        }
        (Transport, var end) = InProcessTransport.CreatePair();
        card = new EmulatedCard(CardDesign.Daq(options), end, session, completionTimeout);
        engine = new Thread(() => card.Session.Run(CancellationToken.None)) { IsBackground = true, Name = "card" };
        engine.Start();
    }

    /// <summary>The host's end.</summary>
    public ILinkTransport Transport { get; }

    /// <summary>What it is, for a person.</summary>
    public string Description { get; private init; } = "";

    /// <param name="scenario">File or shipped scenario that says how the card is built; null for as it is without one.</param>
    /// <param name="seed">Null for the scenario's own.</param>
    /// <exception cref="ScenarioException">The scenario is refused.</exception>
    public static CardInProcess Create(SessionHead head, string? scenario, ulong? seed)
    {
        var path = scenario is null ? null : ScenarioCatalog.Find(scenario);
        var file = path is null ? ScenarioFile.Parse("", "no scenario") : ScenarioFile.Load(path);
        var run = RunScenario.Read(file);
        var chosen = seed ?? run.Seed;
        var options = DaqCardOptions.Read(file, chosen);
        return new CardInProcess(options, head, run.CompletionTimeout) { Description = $"inproc: {run.Name}, seed {chosen}" };
    }

    public void Dispose()
    {
        Transport.Dispose();
        engine?.Join();
        card.Dispose();
    }
}
