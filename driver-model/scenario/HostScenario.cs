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
    public required DriverDesign Driver { get; init; }
    public required IReadOnlyList<Expectation> Expectations { get; init; }

    /// <summary>Whether it runs as long as the file says, which is what its expectations are about.</summary>
    public bool IsOwnDuration { get; init; } = true;

    /// <summary>Reads the tables, each key checked.</summary>
    /// <param name="driver">Makes the driver of its section; null for one of those that are here.</param>
    /// <exception cref="ScenarioException">Something is unknown, impossible or missing.</exception>
    public static HostScenario Read(ScenarioFile file, Func<DriverScenario, DriverDesign>? driver = null)
    {
        file.RefuseUnknownTables("run", "card", "host", "driver", "expect");
        // The reader's table lies in the machine's, which has no other keys than it knows.
        var reader = file.TableOf<ReaderOptions>();
        var run = RunScenario.Read(file);
        var machine = MachineOptions.Read(file.TableOf<MachineOptions>(), file.Folder);
        var design = new DriverScenario(file, run, machine.Kernel.Processors).Build(driver ?? DriverKinds.Read);
        // A driver without a reader has not asked for its keys.
        reader.RefuseUnknownKeys();
        return new HostScenario
        {
            Run = run,
            Machine = machine,
            Driver = design,
            Expectations = Expectation.ReadAll(file.TableOf<Expectation>(), design.ReportType),
        };
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
