using Pcie.Emulator.Faults;
using Pcie.Scenario;

namespace Pcie.Emulator.Hosting;

/// <summary>
/// The card's side of a scenario file, which a <see cref="CardDesign"/> is made of. A card's own keys are in <c>[card]</c>, beside
/// <c>[[card.fault]]</c>, which every card has; a record declares them:
/// <code>
/// [Table("card", "The wave card.")]
/// public sealed record WaveOptions
/// {
///     [Key("samples", "Samples of a period.", Min = 2, Max = 4096)]
///     public int Samples { get; init; } = 256;
/// }
/// </code>
/// </summary>
/// <param name="File">What other tables are read from.</param>
/// <param name="Run">What both programs must agree on, its seed for one.</param>
public sealed record CardScenario(ScenarioFile File, RunScenario Run)
{
    /// <summary>The card's keys, as the type declares them.</summary>
    /// <exception cref="ScenarioException">One is unknown, or says something impossible.</exception>
    public T Read<T>()
    {
        // Known before the type's keys are all that is known.
        Fault.ReadAll(File.Table("card"));
        return File.TableOf<T>().Read<T>();
    }

    /// <summary>The card that the scenario describes: what no reader has asked for is refused.</summary>
    /// <exception cref="ScenarioException">A key is unknown, or says something impossible.</exception>
    public CardDesign Build(Func<CardScenario, CardDesign> design)
    {
        var card = File.Table("card");
        var faults = Fault.ReadAll(card);
        var built = design(this) with { Faults = faults };
        card.RefuseUnknownKeys();
        return built;
    }
}
