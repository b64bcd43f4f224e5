using Grpc.Core;
using Pcie.Link.Grpc.Carriers;

namespace Pcie.Link.Grpc;

/// <summary>One connection of a session: one Attach call, after its hellos. A session that resumes has several, one after the other.</summary>
/// <param name="Reader">What the other side says.</param>
/// <param name="Writer">What this side says; one write at a time.</param>
/// <param name="Abort">Ends the call at once; reading and writing then fail. May be called more than once.</param>
/// <param name="Carrier">What is known of it below HTTP/2.</param>
public sealed record LinkConnection(
    IAsyncStreamReader<ILinkMessage> Reader, IAsyncStreamWriter<ILinkMessage> Writer, Action Abort, Carrier Carrier);
