using Pcie.Link.Recording;

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
}

/// <summary>A run as the command line asks for it.</summary>
/// <param name="ScenarioPath">The scenario file.</param>
/// <param name="Link">How card and driver are joined.</param>
public sealed record RunRequest(string ScenarioPath, LinkKind Link)
{
    /// <summary>Null for the scenario's own.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Null for the scenario's own.</summary>
    public string? Duration { get; init; }

    /// <summary>A file that the card streams whatever the scenario's source is; null for the scenario's own.</summary>
    public string? SourceFile { get; init; }

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

    /// <summary>What the two processes log; their logs go to standard error.</summary>
    public string LogLevel { get; init; } = "warn";
}
