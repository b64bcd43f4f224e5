using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Scenario;

namespace Pcie.Emu.Running;

/// <summary>How card and driver are joined.</summary>
public enum LinkKind
{
    /// <summary>Both in this process.</summary>
    Inproc,

    /// <summary>Two processes, gRPC over TCP on loopback.</summary>
    Grpc,

    /// <summary>Two processes, gRPC over a UNIX socket.</summary>
    Unix,

    /// <summary>Two processes, shared memory.</summary>
    Shm,
}

/// <summary>A run as the command line asks for it.</summary>
/// <param name="ScenarioPath">The scenario file.</param>
/// <param name="Link">How card and driver are joined.</param>
public sealed record RunRequest(string ScenarioPath, LinkKind Link)
{
    /// <summary>Other values for keys of the scenario.</summary>
    public IReadOnlyList<ScenarioChange> Changes { get; init; } = [];

    /// <summary>Null for the scenario's own.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Null for the scenario's own.</summary>
    public string? Duration { get; init; }

    /// <summary>A file that the card streams whatever the scenario's source is; null for the scenario's own.</summary>
    public string? SourceFile { get; init; }

    /// <summary>The card instead of the scenario's, as on a command line: a shared library of simulated RTL; null for the scenario's.</summary>
    public string? Device { get; init; }

    /// <summary>A card that is there already, or a device of others, instead of the scenario's; null for the scenario's.</summary>
    public LinkUri? Card { get; init; }

    /// <summary>What that card is to the bus; null for what a card is without it.</summary>
    public string? DeviceConfig { get; init; }

    /// <summary>Where its waveforms go; null for nowhere.</summary>
    public string? WaveFile { get; init; }

    /// <summary>Where the data that arrives goes; null for nowhere.</summary>
    public string? OutputFile { get; init; }

    /// <summary>Where the trace of both sides goes; null for nowhere.</summary>
    public string? TraceFile { get; init; }

    /// <summary>Whether the run records what it takes to explain it.</summary>
    public bool Explains { get; init; }

    /// <summary>Where that recording goes; null for nowhere. If two processes run, the driver model writes it.</summary>
    public string? FlightFile { get; init; }

    /// <summary>Where the session on the link is recorded; null for nowhere.</summary>
    public string? RecordFile { get; init; }

    /// <summary>Bytes to keep of each payload of that recording; <see cref="SessionHead.WholePayloads"/> for all.</summary>
    public int RecordPayload { get; init; } = SessionHead.WholePayloads;

    /// <summary>No such recording is longer (bytes).</summary>
    public long RecordLimit { get; init; } = SessionWriter.DefaultLimit;

    /// <summary>Where the driver model offers its control service, if two processes run; null for nowhere.</summary>
    public string? Control { get; init; }

    /// <summary>Where the emulator listens, if two processes run; null for a place of its own.</summary>
    public string? Listen { get; init; }

    /// <summary>What the two processes log; their logs go to standard error.</summary>
    public string LogLevel { get; init; } = "warn";

    /// <summary>The scenario, unread, with the changes.</summary>
    /// <exception cref="ScenarioException">It cannot be read, or is no scenario.</exception>
    public ScenarioFile LoadScenario() => ScenarioFile.Load(ScenarioPath).With(Changes);
}
