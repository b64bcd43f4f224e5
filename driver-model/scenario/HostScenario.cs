using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Expectations;
using Pcie.DriverModel.Study;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Scenario;

/// <summary>The host's side of a scenario file: what each of its tables says.</summary>
public sealed record HostScenario
{
    public required RunScenario Run { get; init; }
    public required MachineOptions Machine { get; init; }

    /// <summary>The host's cards, one or several. The first is the device under study, of which the figures of the report are.</summary>
    public required IReadOnlyList<HostedCard> Cards { get; init; }

    public required IReadOnlyList<Expectation> Expectations { get; init; }

    /// <summary>The driver of the first card.</summary>
    public DriverDesign Driver => Cards[0].Driver;

    /// <summary>Whether it runs as long as the file says, which is what its expectations are about.</summary>
    public bool IsOwnDuration { get; init; } = true;

    /// <summary>Reads the tables, each key checked.</summary>
    /// <param name="driver">Makes the driver of its section; null for one of those that are here.</param>
    /// <exception cref="ScenarioException">Something is unknown, impossible or missing.</exception>
    public static HostScenario Read(ScenarioFile file, Func<DriverScenario, DriverDesign>? driver = null)
    {
        var errors = new ScenarioErrors();
        var read = Read(file, driver, errors);
        errors.ThrowIfAny();
        return read!;
    }

    /// <summary>The same with what else is read of the file.</summary>
    /// <param name="errors">Gets what is refused.</param>
    /// <returns>Null if something is.</returns>
    public static HostScenario? Read(ScenarioFile file, Func<DriverScenario, DriverDesign>? driver, ScenarioErrors errors)
    {
        errors.Try(() => file.RefuseUnknownTables("run", "card", "host", "driver", "expect"));
        var run = errors.Of(() => RunScenario.Read(file));
        // The reader's table lies in the machine's, which has no other keys than it knows.
        var reader = errors.Of(() => file.TableOf<ReaderOptions>());
        var machine = errors.Of(() => MachineOptions.Read(file.TableOf<MachineOptions>()));
        var cards = errors.Of(() => HostedCard.ReadAll(file, run ?? new RunScenario(), machine?.Kernel.Processors ?? int.MaxValue,
            driver ?? DriverKinds.Read));
        if (cards is null) return null;
        // A driver without a reader has not asked for its keys.
        if (reader is not null) errors.Try(reader.RefuseUnknownKeys);
        var expectations = errors.Of(() => Expectation.ReadAll(file.TableOf<Expectation>(), cards));
        return errors.Any ? null : new HostScenario { Run = run!, Machine = machine!, Cards = cards, Expectations = expectations! };
    }

    /// <summary>The same with so many cards.</summary>
    /// <exception cref="FormatException">The scenario is of another number of cards, and of more than one, or there are too many.</exception>
    public HostScenario WithCards(int count)
    {
        if (count == Cards.Count) return this;
        if (Cards.Count > 1) throw new FormatException($"The scenario is of {Cards.Count} cards, and {count} are given; expected a --card for each.");
        if (count > ScenarioFile.MostCards)
            throw new FormatException($"{count} cards are given; a host has {ScenarioFile.MostCards} at the most.");
        return this with { Cards = [.. Enumerable.Range(1, count).Select(number => new HostedCard(HostedCard.NameOf(number), Driver))] };
    }

    /// <summary>The same with what a command line says instead.</summary>
    /// <param name="seed">Null for the scenario's own.</param>
    /// <param name="duration">Null for the scenario's own.</param>
    /// <exception cref="FormatException">The duration is none.</exception>
    public HostScenario With(ulong? seed, string? duration)
    {
        var run = Run with { Seed = seed ?? Run.Seed };
        if (duration is not null)
        {
            if (!Quantity.Duration.TryParse(duration, out var nanoseconds, out var problem))
                throw new FormatException($"--duration {duration}: {problem}; expected {Quantity.Duration.Expected}.");
            if (nanoseconds == 0) throw new FormatException($"--duration {duration}: a run takes at least 1ns.");
            run = run with { Duration = new Duration(nanoseconds) };
        }
        return this with { Run = run, IsOwnDuration = run.Duration == Run.Duration };
    }
}
