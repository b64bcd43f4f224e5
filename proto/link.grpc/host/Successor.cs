using Pcie.Link.Grpc.Carriers;

namespace Pcie.Link.Grpc.Host;

/// <summary>
/// The call that follows when a connection is lost. It is opened as the connection ends, while what came over that, and how it ended, are still on
/// their way through HTTP/2 and gRPC; the host says hello on it when it has read all of that.
/// </summary>
internal sealed class Successor : IDisposable
{
    private readonly Func<AttachCall?> open;
    private readonly Lock gate = new();
    private AttachCall? opened;
    private bool settled;

    /// <param name="carrier">Of the connection that there is.</param>
    /// <param name="open">Opens the next one; null if none is to follow.</param>
    public Successor(Carrier carrier, Func<AttachCall?> open)
    {
        this.open = open;
        carrier.WhenLost(Open);
    }

    private void Open()
    {
        lock (gate)
            if (!settled) opened = open();
    }

    /// <summary>The call that has been opened, which is the caller's then; null if none has been. None will be.</summary>
    public AttachCall? Take()
    {
        lock (gate)
        {
            settled = true;
            var taken = opened;
            opened = null;
            return taken;
        }
    }

    public void Dispose() => Take()?.Dispose();
}
