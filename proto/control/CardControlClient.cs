using Grpc.Core;
using NLog;
using Pcie.Control.Wire;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Host;
using Pcie.Trace;
using Stopwatch = System.Diagnostics.Stopwatch;

namespace Pcie.Control;

/// <summary>Asks a card's control service, past the link, for what completes the account of a run.</summary>
public static class CardControlClient
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Control");
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <param name="patience">
    /// For how long a connection that is lost is tried again: as long as the session would outlive one, for a run must not be lost by less.
    /// </param>
    /// <returns>Null if the card does not answer: it has no control service, or is gone.</returns>
    public static CardStatistics? TryGetStatistics(LinkUri uri, TlsCredentials? credentials, TimeSpan patience = default) =>
        Try("counters", patience, () =>
        {
            using var channel = HostConnector.OpenChannel(uri, TimeSpan.FromSeconds(1), credentials);
            return CardStatistics.Of(new CardControl.CardControlClient(channel)
                .GetStatistics(new StatisticsRequest(), deadline: DateTime.UtcNow + Deadline));
        });

    /// <inheritdoc cref="TryGetStatistics" path="/param"/>
    /// <returns>The card's trace of this attachment, whole; null if the card does not answer or does not record.</returns>
    public static TraceSpool? TryGetTrace(LinkUri uri, TlsCredentials? credentials, TimeSpan patience = default) =>
        Try("trace", patience, () =>
        {
            using var channel = HostConnector.OpenChannel(uri, TimeSpan.FromSeconds(1), credentials);
            return GetTraceAsync(new CardControl.CardControlClient(channel)).GetAwaiter().GetResult();
        });

    // Asking changes nothing, so that it can be repeated whatever became of the answer.
    private static T? Try<T>(string what, TimeSpan patience, Func<T?> ask)
        where T : class
    {
        for (var started = Stopwatch.GetTimestamp(); ; Thread.Sleep(Pause))
        {
            try
            {
                return ask();
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException)
            {
                var isLast = e is RpcException { StatusCode: StatusCode.Unimplemented } || Stopwatch.GetElapsedTime(started) + Pause >= patience;
                Log.Log(isLast ? LogLevel.Warn : LogLevel.Info, "The card's {0} could not be had{1}: {2}", what, isLast ? "" : "; trying again",
                    HostConnector.Cause(e));
                if (isLast) return null;
            }
        }
    }

    private static async Task<TraceSpool?> GetTraceAsync(CardControl.CardControlClient card)
    {
        using var blocks = card.GetTrace(new TraceRequest());
        TraceSpool? recording = null;
        try
        {
            while (await NextAsync().ConfigureAwait(false)) Take(blocks.ResponseStream.Current);
            return recording;
        }
        catch
        {
            recording?.Dispose();
            throw;
        }

        // The whole may take long; a block may not.
        async Task<bool> NextAsync()
        {
            using var deadline = new CancellationTokenSource(Deadline);
            return await blocks.ResponseStream.MoveNext(deadline.Token).ConfigureAwait(false);
        }

        void Take(TraceBlock block)
        {
            if (recording is null)
            {
                recording = new TraceSpool();
                recording.Sources = [.. block.Sources.Select((name, i) => new TraceSource(name,
                    block.SourceRoles.ElementAtOrDefault(i) == (uint)SourceRole.DeviceMessage ? SourceRole.DeviceMessage : SourceRole.Other))];
            }
            for (var events = block.Events.Span; events.Length >= TraceFile.EventLength; events = events[TraceFile.EventLength..])
                recording.Record(TraceFile.Decode(events));
        }
    }
}
