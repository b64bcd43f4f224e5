using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Wire;
using Pcie.Time;

namespace Pcie.Link.Grpc.Hello;

/// <summary>What a host says in its hello, and what link.proto demands of the device's.</summary>
public static class HostHelloRules
{
    /// <summary>What this side speaks.</summary>
    public static ProtocolVersion Version => new() { Major = 1, Minor = 2 };

    /// <summary>What a host says first.</summary>
    public static HostHello HelloOf(ConnectOptions options, Resume? resume)
    {
        var hello = new HostHello
        {
            Version = Version,
            HostName = options.HostName,
            ClockMode = (ClockMode)options.Pacing,
            LatencyNs = options.Pacing == Pacing.FreeRunning ? (ulong)options.Latency.Nanoseconds : 0,
            Resume = resume,
            KeepAliveMs = (uint)options.KeepAlive.TotalMilliseconds,
        };
        hello.Capabilities.Add(HeartbeatOptions.Capability);
        if (options.GracePeriod > TimeSpan.Zero) hello.Capabilities.Add(ReplayOptions.Capability);
        return hello;
    }

    /// <summary>The first thing that a device's hello gets wrong; null if it keeps all rules.</summary>
    public static string? WrongWith(DeviceHello hello, ConnectOptions options, Resume? resume) =>
        hello.Version?.Major != Version.Major
            ? $"it speaks protocol {hello.Version?.Major}.{hello.Version?.Minor}, this host {Version.Major}.{Version.Minor}. "
                + "Both need the same major version: use an emulator and a driver model of the same release."
        : hello.ClockMode != (ClockMode)options.Pacing ? $"clock mode {hello.ClockMode}, where {options.Pacing} was asked for."
        : hello.Epoch == 0 ? "epoch 0, which is none."
        : hello.Capabilities.Contains(ReplayOptions.Capability) && options.GracePeriod <= TimeSpan.Zero
            ? "the capability replay is in force, which was not asked for."
        : hello.Capabilities.Contains(ReplayOptions.Capability) && resume is null && hello.Token.Length is < 16 or > ReplayOptions.MaxToken
            ? $"a token of {hello.Token.Length} bytes; replay needs 16 to {ReplayOptions.MaxToken}."
        : hello.Capabilities.Contains(HeartbeatOptions.Capability) && HeartbeatOptions.WrongWith(hello.KeepAliveMs) is { } wrong ? wrong
        : resume is not null && hello.Epoch != resume.Epoch ? $"epoch {hello.Epoch}, where {resume.Epoch} was to be resumed."
        : null;
}
