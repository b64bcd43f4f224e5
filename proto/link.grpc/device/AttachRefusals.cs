using Grpc.Core;
using NLog;
using Pcie.Link.Grpc.Hello;
using Pcie.Logging;

namespace Pcie.Link.Grpc.Device;

/// <summary>Refuses hosts: each is counted, logged, and told why by the status that its call ends with.</summary>
internal sealed class AttachRefusals(AttachCounters counters)
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link.Attach");

    /// <summary>The exception to end the call with.</summary>
    public RpcException Refuse(AttachOutcome refusal, StatusCode code, string why)
    {
        Log.Repeatedly(LogLevel.Warn, counters.Count(refusal), $"Refused a host: {why}");
        return new RpcException(new Status(code, why));
    }

    /// <summary>The same, of a hello that breaks a rule.</summary>
    public RpcException Refuse(HelloFault fault, string why) => fault switch
    {
        HelloFault.Version => Refuse(AttachOutcome.RefusedVersion, StatusCode.FailedPrecondition, why),
        HelloFault.ClockMode => Refuse(AttachOutcome.RefusedClockMode, StatusCode.FailedPrecondition, why),
        _ => Refuse(AttachOutcome.RefusedHello, StatusCode.InvalidArgument, why),
    };
}
