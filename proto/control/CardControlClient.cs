using Grpc.Core;
using Pcie.Control.Wire;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Host;
using Pcie.Trace;

namespace Pcie.Control;

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
            return CardStatistics.Of(new CardControl.CardControlClient(channel)
                .GetStatistics(new StatisticsRequest(), deadline: DateTime.UtcNow + Deadline));
        }
        catch (RpcException)
        {
            return null;
        }
    }

    /// <returns>The card's trace of this attachment; null if the card does not answer or does not record.</returns>
    public static TraceRecording? TryGetTrace(LinkUri uri, TlsCredentials? credentials)
    {
        using var channel = HostConnector.OpenChannel(uri, TimeSpan.FromSeconds(1), credentials);
        try
        {
            return GetTraceAsync(new CardControl.CardControlClient(channel)).GetAwaiter().GetResult();
        }
        catch (RpcException)
        {
            return null;
        }
    }

    private static async Task<TraceRecording?> GetTraceAsync(CardControl.CardControlClient card)
    {
        using var blocks = card.GetTrace(new TraceRequest());
        TraceRecording? recording = null;
        await foreach (var block in blocks.ResponseStream.ReadAllAsync().ConfigureAwait(false))
        {
            if (recording is null)
            {
                recording = new TraceRecording();
                recording.NameSources(TraceSide.Device, [.. block.Sources.Select((name, i) =>
                    new TraceSource(name, block.SourceRoles.ElementAtOrDefault(i) == (uint)SourceRole.DeviceMessage ? SourceRole.DeviceMessage
                        : SourceRole.Other))]);
            }
            for (var events = block.Events.Span; events.Length >= TraceFile.EventLength; events = events[TraceFile.EventLength..])
                recording.Record(TraceFile.Decode(events));
        }
        return recording;
    }
}
