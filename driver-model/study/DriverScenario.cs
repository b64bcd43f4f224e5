using Pcie.Scenario;

namespace Pcie.DriverModel.Study;

/// <summary>
/// The driver's side of a scenario file, which a <see cref="DriverDesign"/> is made of. A driver's own keys are in <c>[driver]</c>; a record declares
/// them, those of the framework among them:
/// <code>
/// [Table("driver", "The driver of the wave card.")]
/// public sealed record WaveOptions
/// {
///     [Keys]
///     public WdfDeviceOptions Device { get; init; } = new() { Name = "wave" };
///
///     [Key("dpc-work", "Work of the DPC.")]
///     public Duration DpcWork { get; init; } = Duration.FromMicroseconds(2);
/// }
/// </code>
/// </summary>
/// <param name="File">What other tables are read from.</param>
/// <param name="Run">What both programs must agree on, its seed for one.</param>
/// <param name="Processors">How many the machine has.</param>
public sealed record DriverScenario(ScenarioFile File, RunScenario Run, int Processors)
{
    /// <summary>The driver's keys, as the type declares them.</summary>
    /// <exception cref="ScenarioException">One is unknown, or says something impossible.</exception>
    public T Read<T>() => File.TableOf<T>().Read<T>(below: Processors);

    /// <summary>The driver that the scenario describes: what no reader has asked for is refused.</summary>
    /// <exception cref="ScenarioException">A key is unknown, or says something impossible.</exception>
    public DriverDesign Build(Func<DriverScenario, DriverDesign> design)
    {
        var table = File.Table("driver");
        var built = design(this);
        table.RefuseUnknownKeys();
        built.Device.Check(table);
        return built;
    }
}
