using Pcie.DriverModel.Application;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Run;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Scenario;

/// <summary>The host's side of a scenario file: what each of its tables says.</summary>
public sealed record HostScenario
{
    public required RunScenario Run { get; init; }
    public required MachineOptions Machine { get; init; }
    public required DaqDriverOptions Driver { get; init; }
    public required ReaderOptions Reader { get; init; }
    public required IReadOnlyList<Expectation> Expectations { get; init; }

    /// <summary>Whether it runs as long as the file says, which is what its expectations are about.</summary>
    public bool IsOwnDuration { get; init; } = true;

    /// <summary>Reads the tables, each key checked.</summary>
    /// <exception cref="ScenarioException">Something is unknown, impossible or missing.</exception>
    public static HostScenario Read(ScenarioFile file)
    {
        file.RefuseUnknownTables("run", "card", "host", "driver", "expect");
        // The reader's table lies in the machine's, which has no other keys than it knows.
        var reader = file.TableOf<ReaderOptions>();
        var run = RunScenario.Read(file);
        var machine = MachineOptions.Read(file.TableOf<MachineOptions>(), file.Folder);
        return new HostScenario
        {
            Run = run,
            Machine = machine,
            Driver = DaqDriverOptions.Read(file.TableOf<DaqDriverOptions>(), machine.Kernel.Processors),
            Reader = reader.Read<ReaderOptions>(),
            Expectations = Expectation.ReadAll(file.Table("expect")),
        };
    }

    /// <summary>The same with what a command line says instead.</summary>
    /// <param name="seed">Null for the scenario's own.</param>
    /// <param name="duration">Null for the scenario's own.</param>
    /// <exception cref="FormatException">The seed is negative, or the duration none.</exception>
    public HostScenario With(long? seed, string? duration)
    {
        var run = Run;
        if (seed is { } s) run = run with { Seed = s >= 0 ? (ulong)s : throw new FormatException($"--seed {s}: expected 0 or more.") };
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
