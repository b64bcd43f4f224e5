using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using NLog;
using Pcie.Logging;

namespace Pcie.Link.Grpc.Device;

/// <summary>
/// Bounds the connections that are open at once. A further one is let in, and the oldest that carries no session is closed for it: whoever
/// opens connections in masses closes his own, and shuts nobody out.
/// </summary>
/// <param name="max">Connections at once.</param>
public sealed class ConnectionLimit(int max, AttachCounters counters)
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link.Attach");
    private static readonly object Session = new();

    private readonly Lock openLock = new();
    private readonly LinkedList<Open> open = new();

    /// <summary>The connection of this call carries a session: it is not closed for others.</summary>
    public static void Spare(HttpContext call) => call.Features.Get<IConnectionItemsFeature>()!.Items[Session] = true;

    /// <summary>Serves a connection, as Kestrel's middleware.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        ConnectionContext? closed;
        LinkedListNode<Open> place;
        lock (openLock)
        {
            closed = open.Count < max ? null : open.FirstOrDefault(o => !o.CarriesSession)?.Connection;
            place = open.AddLast(new Open(connection));
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
            lock (openLock) open.Remove(place);
            place.Value.Ended.SetResult();
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

    private sealed record Open(ConnectionContext Connection)
    {
        public TaskCompletionSource Ended { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool CarriesSession => Connection.Items.ContainsKey(Session);
    }
}
