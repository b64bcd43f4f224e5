using Grpc.Core;
using Pcie.Link.Grpc.Hello;
using Pcie.Link.Grpc.Wire;

namespace Pcie.Link.Grpc.Device;

/// <summary>Reads the first message of an Attach call, which must be a hello that keeps all rules.</summary>
/// <param name="pool">Where a frame goes that came instead.</param>
internal sealed class HelloReader(FramePool pool, AttachRefusals refusals)
{
    // A host says hello as it opens the call.
    private static readonly TimeSpan HelloTimeout = TimeSpan.FromSeconds(5);

    /// <exception cref="RpcException">The host is refused.</exception>
    public async Task<HostHello> ReadAsync(IAsyncStreamReader<ILinkMessage> requests, CancellationToken aborted)
    {
        var first = await FirstAsync(requests, aborted).ConfigureAwait(false);
        if (first is not HostMessage { MessageCase: HostMessage.MessageOneofCase.Hello, Hello: var hello }) throw NoHello(first);
        if (HelloRules.Broken(hello) is var (fault, why)) throw refusals.Refuse(fault, why);
        return hello;
    }

    private RpcException NoHello(ILinkMessage? first)
    {
        if (first is Frame frame) pool.Return(frame);
        return refusals.Refuse(AttachOutcome.RefusedHello, StatusCode.InvalidArgument, first switch
        {
            null => "The host ended the call without a hello; its first message must be HostHello.",
            MalformedMessage malformed => malformed.Text,
            Frame => "The first message was a frame; it must be HostHello.",
            var other => $"The first message was {NameOf(other)}; it must be HostHello.",
        });
    }

    private static string NameOf(ILinkMessage message) => (message as HostMessage)?.MessageCase.ToString() ?? message.GetType().Name;

    private async Task<ILinkMessage?> FirstAsync(IAsyncStreamReader<ILinkMessage> requests, CancellationToken aborted)
    {
        try
        {
            return await requests.MoveNext(aborted).WaitAsync(HelloTimeout, aborted).ConfigureAwait(false) ? requests.Current : null;
        }
        catch (TimeoutException)
        {
            throw refusals.Refuse(AttachOutcome.RefusedSilent, StatusCode.DeadlineExceeded,
                $"The host opened Attach and said nothing for {HelloTimeout.TotalSeconds:0} s; its first message must be HostHello, at once.");
        }
    }
}
