using Grpc.Core;
using Pcie.Control.Wire;
using Pcie.Link.Transports;

namespace Pcie.Host.Run;

/// <summary>Asks a card's control service, past the link, for what completes the account of a run.</summary>
public static class CardControlClient
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <returns>Null if the card does not answer: it has no control service, or is gone.</returns>
    public static CardStatistics? TryGetStatistics(LinkUri uri, TlsCredentials? credentials)
    {
        using var channel = HostConnector.OpenChannel(uri, TimeSpan.FromSeconds(1), credentials);
        try
        {
            var answer = new CardControl.CardControlClient(channel)
                .GetStatistics(new StatisticsRequest(), deadline: DateTime.UtcNow + Deadline);
            return new CardStatistics(answer.Counters.ToDictionary(), answer.TraceDigest, answer.SourceSha256.ToByteArray());
        }
        catch (RpcException)
        {
            return null;
        }
    }
}
