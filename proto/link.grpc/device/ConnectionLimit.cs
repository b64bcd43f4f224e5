using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using NLog;
using Pcie.Logging;

namespace Pcie.Link.Grpc.Device;

/// <summary>
/// Bounds the connections that are open at once. A further one is let in, and the oldest that carries no session is closed for it: whoever
/// opens connections in masses closes his own, and shuts nobody out. One that was chosen takes a moment to end, so that there are places beyond the
/// limit, as many again; while these are taken, nobody is let in.
/// </summary>
/// <param name="max">Connections at once.</param>
public sealed class ConnectionLimit(int max, AttachCounters counters) : IDisposable
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link.Attach");
    private static readonly object Session = new();

    private readonly SemaphoreSlim places = new(2 * max);
    private readonly Lock openLock = new();
    private readonly LinkedList<Open> open = new();

    /// <summary>The connection of this call carries a session: it is not closed for others.</summary>
    public static void Spare(HttpContext call) => call.Features.Get<IConnectionItemsFeature>()!.Items[Session] = true;

    /// <summary>Waits until there is a place for one more connection; it is that connection's until it has been served.</summary>
    public Task TakePlaceAsync(CancellationToken cancellation) => places.WaitAsync(cancellation);

    /// <summary>Serves a connection that has a place, as Kestrel's middleware.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        ConnectionContext? closed = null;
        var own = new Open(connection);
        lock (openLock)
        {
            // Chosen once: what has been closed no longer counts.
            if (open.Count >= max && open.FirstOrDefault(o => !o.CarriesSession) is { } oldest)
            {
                open.Remove(oldest);
                closed = oldest.Connection;
            }
            open.AddLast(own);
        }
        if (closed is not null)
        {
            Log.Repeatedly(LogLevel.Warn, counters.Count(AttachOutcome.ConnectionClosed),
                $"More than {max} connections: the oldest that carries no session is closed");
            closed.Abort(new ConnectionAbortedException($"More than {max} connections are open; close those that are not needed."));
        }
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            lock (openLock) open.Remove(own);
            own.Ended.SetResult();
            places.Release();
        }
    }

    /// <summary>
    /// Completes when the hosts whose sessions have ended have closed their connections, or after this long. A server that closes one first
    /// may take back what it said last: a packet that comes to a closed socket resets the connection, and what lies unread at the other end
    /// goes with it.
    /// </summary>
    public Task SessionsLeftAsync(TimeSpan patience)
    {
        Task left;
        lock (openLock) left = Task.WhenAll(open.Where(o => o.CarriesSession).Select(o => o.Ended.Task));
        return Task.WhenAny(left, Task.Delay(patience));
    }

    public void Dispose() => places.Dispose();

    private sealed class Open(ConnectionContext connection)
    {
        public ConnectionContext Connection => connection;

        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool CarriesSession => Connection.Items.ContainsKey(Session);
    }
}
