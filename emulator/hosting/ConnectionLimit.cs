using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using NLog;

namespace Pcie.Card.Hosting;

/// <summary>
/// Bounds the connections that are open at once. One more than that is let in, and the oldest that carries no session is closed for it: whoever
/// opens connections in masses closes his own, and shuts nobody out.
/// </summary>
/// <param name="most">Connections at once.</param>
internal sealed class ConnectionLimit(int most, AttachCounters counters)
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Card.Attach");
    private static readonly object Session = new();

    private readonly Lock gate = new();
    private readonly LinkedList<ConnectionContext> open = new();

    /// <summary>The connection of this call carries a session: it is not closed for others.</summary>
    public static void Spare(HttpContext call) => call.Features.Get<IConnectionItemsFeature>()!.Items[Session] = true;

    /// <summary>Serves a connection, as Kestrel's middleware.</summary>
    public async Task ServeAsync(ConnectionContext connection, ConnectionDelegate next)
    {
        ConnectionContext? closed;
        LinkedListNode<ConnectionContext> place;
        lock (gate)
        {
            closed = open.Count < most ? null : open.FirstOrDefault(c => !c.Items.ContainsKey(Session));
            place = open.AddLast(connection);
        }
        if (closed is not null)
        {
            counters.Count(AttachOutcome.ConnectionClosed);
            Log.Warn("More than {0} connections: the oldest that carries no session is closed", most);
            closed.Abort(new ConnectionAbortedException($"More than {most} connections are open; close those that are not needed."));
        }
        try
        {
            await next(connection).ConfigureAwait(false);
        }
        finally
        {
            lock (gate) open.Remove(place);
        }
    }
}
