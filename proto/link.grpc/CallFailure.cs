using Grpc.Core;

namespace Pcie.Link.Grpc;

/// <summary>What an exception says of the Attach call that it came from.</summary>
internal static class CallFailure
{
    /// <summary>Whether the connection is lost, and the session may go on over another one.</summary>
    public static bool IsConnectionLost(Exception e) => e is RpcException or IOException or OperationCanceledException;

    /// <summary>
    /// The same, of an exception that comes straight from reading or writing a call: gRPC says InvalidOperationException of a call that is
    /// complete or disposed. From anywhere else that is a defect of ours.
    /// </summary>
    public static bool IsCallOver(Exception e) => IsConnectionLost(e) || e is InvalidOperationException;

    /// <summary>
    /// Whether the peer ended the call with a status. A status the peer sent has no DebugException; one that the local gRPC client made up carries
    /// the exception behind it.
    /// </summary>
    public static bool SaysPeer(Exception e) => e is RpcException
    {
        StatusCode: StatusCode.InvalidArgument or StatusCode.FailedPrecondition or StatusCode.Aborted or StatusCode.Unavailable,
        Status.DebugException: null,
    };
}
