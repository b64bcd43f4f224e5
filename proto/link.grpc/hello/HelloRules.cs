using System.Text;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Wire;
using Pcie.Link.Shm;
using Pcie.Time;

namespace Pcie.Link.Grpc.Hello;

/// <summary>Which protocol this program speaks, and what link.proto demands of the hellos of either end.</summary>
internal static class HelloRules
{
    public const uint Major = 1;
    public const uint Minor = 6;

    /// <summary>Since then heartbeats go through shared memory, where it is in force.</summary>
    public const uint PulsesSince = 6;

    private const int MaxHostName = 256;

    private static readonly ulong MaxLatency = (ulong)LatencyRange.Max.Nanoseconds;

    /// <summary>The first rule that a host's hello breaks, and in which words; null if it keeps all.</summary>
    public static (HelloFault Fault, string Text)? Broken(HostHello hello)
    {
        if (hello.Version?.Major != Major)
            return (HelloFault.Version, $"This card speaks protocol {Major}.{Minor}, the host {NameOf(hello.Version)}. {SameRelease}");
        if (hello.ClockMode is not (ClockMode.FreeRunning or ClockMode.WallClock))
            return (HelloFault.ClockMode, $"Clock mode {(int)hello.ClockMode} is none; this card runs in 1 (free-running) and 2 (wall-clock).");
        return BrokenField(hello) is { } text ? (HelloFault.Field, $"HostHello: {text}") : null;
    }

    private static string? BrokenField(HostHello hello) =>
        Encoding.UTF8.GetByteCount(hello.HostName) > MaxHostName
            ? $"host_name is longer than {MaxHostName} bytes: it has {Encoding.UTF8.GetByteCount(hello.HostName)}."
        // It is logged: a line of the log is ours.
        : hello.HostName.Any(char.IsControl) ? "host_name has control characters; it is a name on one line."
        : hello.ClockMode == ClockMode.WallClock && hello.LatencyNs != 0 ? $"latency_ns is {hello.LatencyNs}; it must be 0 in wall-clock mode."
        : hello.ClockMode == ClockMode.FreeRunning && (hello.LatencyNs == 0 || hello.LatencyNs > MaxLatency)
            ? $"latency_ns is {hello.LatencyNs}; free-running needs 1 to {MaxLatency}."
        : hello.Nonce.Length is > 0 and < ReplayOptions.TokenSize or > ReplayOptions.MaxToken
            ? $"nonce has {hello.Nonce.Length} bytes; it must have none, or {ReplayOptions.TokenSize} to {ReplayOptions.MaxToken}."
        : hello.Resume is { Token.Length: 0 or > ReplayOptions.MaxToken }
            ? $"resume.token has {hello.Resume.Token.Length} bytes; it must be the token of the session's DeviceHello."
        : hello.Capabilities.Contains(HeartbeatOptions.Capability) ? HeartbeatOptions.WrongWith(hello.KeepAliveMs)
        : null;

    /// <summary>The first rule that a device's hello breaks, in words that follow the device; null if it keeps all.</summary>
    /// <param name="hello">The device's.</param>
    /// <param name="asked">The host's, which it answers.</param>
    public static string? Broken(DeviceHello hello, HostHello asked) =>
        hello.Version?.Major != Major ? $"it speaks protocol {NameOf(hello.Version)}, this host {Major}.{Minor}. {SameRelease}"
        : hello.ClockMode != asked.ClockMode ? $"clock mode {hello.ClockMode}, where {asked.ClockMode} was asked for."
        : hello.Epoch == 0 ? "epoch 0, which is none."
        : BrokenReplay(hello, asked)
        ?? (hello.Capabilities.Contains(HeartbeatOptions.Capability) ? HeartbeatOptions.WrongWith(hello.KeepAliveMs) : null)
        ?? BrokenMemory(hello, asked)
        ?? (asked.Resume is { } resume && hello.Epoch != resume.Epoch ? $"epoch {hello.Epoch}, where {resume.Epoch} was to be resumed." : null);

    private static string? BrokenReplay(DeviceHello hello, HostHello asked) =>
        !hello.Capabilities.Contains(ReplayOptions.Capability) ? null
        : !asked.Capabilities.Contains(ReplayOptions.Capability) ? "the capability replay is in force, which was not asked for."
        : asked.Resume is null && hello.Token.Length is < ReplayOptions.TokenSize or > ReplayOptions.MaxToken
            ? $"a token of {hello.Token.Length} bytes; replay needs {ReplayOptions.TokenSize} to {ReplayOptions.MaxToken}."
        : null;

    private static string? BrokenMemory(DeviceHello hello, HostHello asked) =>
        !hello.Capabilities.Contains(SharedMemory.Capability) ? null
        : !asked.Capabilities.Contains(SharedMemory.Capability) ? "the capability shared-memory is in force, which was not asked for."
        : asked.Resume is null && hello.SharedMemory is not { Path.Length: > 0, Key.Length: SharedMemory.KeySize }
            ? $"shared_memory names no file, or no key of {SharedMemory.KeySize} bytes."
        : null;

    private const string SameRelease = "Both need the same major version: use an emulator and a driver model of the same release.";

    private static string NameOf(ProtocolVersion? version) => $"{version?.Major}.{version?.Minor}";
}
