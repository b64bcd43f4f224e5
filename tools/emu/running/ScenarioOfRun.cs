using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Hosting;
using Pcie.Scenario;

namespace Pcie.Emu.Running;

/// <summary>A run's scenario as both its sides read it, so that all that is wrong with it is said at once, whichever program is to run it.</summary>
/// <param name="Cards">As the host has them.</param>
internal sealed record ScenarioOfRun(HostScenario Host, IReadOnlyList<CardDesign> Cards)
{
    /// <param name="file">Unread.</param>
    /// <param name="change">What is to be different of the host's side of it; null for nothing.</param>
    /// <exception cref="ScenarioException">It is refused.</exception>
    /// <exception cref="FormatException">Something that replaces a part of it is.</exception>
    public static ScenarioOfRun Read(RunRequest request, ScenarioFile file, Func<HostScenario, HostScenario>? change = null)
    {
        var errors = new ScenarioErrors();
        var host = HostScenario.Read(file, null, errors)?.With(request.Seed, request.Duration);
        if (host is not null && change is not null) host = change(host);
        // What the command line says of the card is said of the first.
        var instead = CardInstead.Parse(request.Device, request.DeviceConfig, request.WaveFile) with { SourceFile = request.SourceFile };
        List<CardDesign?> cards = [.. Enumerable.Range(0, host?.Cards.Count ?? 1).Select(i => errors.Of(() =>
            CardKinds.DesignOf(file, host?.Run ?? new RunScenario(), i == 0 ? instead : null, i + 1)))];
        errors.ThrowIfAny();
        return new ScenarioOfRun(host!, [.. cards.OfType<CardDesign>()]);
    }
}
