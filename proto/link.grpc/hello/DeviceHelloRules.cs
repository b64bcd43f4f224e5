using System.Text;
using Grpc.Core;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Wire;
using Pcie.Time;

namespace Pcie.Link.Grpc.Hello;

/// <summary>What link.proto demands of a hello.</summary>
internal static class DeviceHelloRules
{
    public static readonly ProtocolVersion Version = new() { Major = 1, Minor = 2 };

    private const int MaxHostName = 256;

    /// <summary>The first rule that a hello breaks, with the status that says so; null if it keeps all.</summary>
    public static (AttachOutcome Refusal, Status Status)? Broken(HostHello hello)
    {
        if (hello.Version?.Major != Version.Major)
            return (AttachOutcome.RefusedVersion, new Status(StatusCode.FailedPrecondition,
                $"This card speaks protocol {Version.Major}.{Version.Minor}, "
                + $"the host {hello.Version?.Major}.{hello.Version?.Minor}. "
                + "Both need the same major version: use an emulator and a driver model of the same release."));
        if (hello.ClockMode is not (ClockMode.FreeRunning or ClockMode.WallClock))
            return (AttachOutcome.RefusedClockMode, new Status(StatusCode.FailedPrecondition,
                $"Clock mode {(int)hello.ClockMode} is none; this card runs in 1 (free-running) and 2 (wall-clock)."));
        if (Encoding.UTF8.GetByteCount(hello.HostName) > MaxHostName)
            return Invalid($"host_name is longer than {MaxHostName} bytes: it has {Encoding.UTF8.GetByteCount(hello.HostName)}.");
        // It is logged: a line of the log is ours.
        if (hello.HostName.Any(char.IsControl)) return Invalid("host_name has control characters; it is a name on one line.");
        if (hello.ClockMode == ClockMode.WallClock && hello.LatencyNs != 0)
            return Invalid($"latency_ns is {hello.LatencyNs}; it must be 0 in wall-clock mode.");
        if (hello.ClockMode == ClockMode.FreeRunning && hello.LatencyNs is 0 or > LinkLatency.MaxNanoseconds)
            return Invalid($"latency_ns is {hello.LatencyNs}; free-running needs 1 to {LinkLatency.MaxNanoseconds}.");
        if (hello.Resume is { } resume && resume.Token.Length is 0 or > ReplayOptions.MaxToken)
            return Invalid($"resume.token has {hello.Resume.Token.Length} bytes; it must be the token of the session's DeviceHello.");
        if (hello.Capabilities.Contains(HeartbeatOptions.Capability) && HeartbeatOptions.WrongWith(hello.KeepAliveMs) is { } wrong)
            return Invalid(wrong);
        return null;
    }

    private static (AttachOutcome, Status) Invalid(string text) =>
        (AttachOutcome.RefusedHello, new Status(StatusCode.InvalidArgument, $"HostHello: {text}"));
}
