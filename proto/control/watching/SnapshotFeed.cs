using System.Threading.Channels;
using Grpc.Core;

namespace Pcie.Control.Watching;

/// <summary>
/// Snapshots for all who follow: one loop takes them, at a bounded rate and only while somebody follows, so that many cost what is looked at no more
/// than one does. A follower that reads slowly gets the newest, and misses those between.
/// </summary>
/// <param name="take">Takes one, given its number from 1. Called from one thread at a time.</param>
public sealed class SnapshotFeed<T>(Func<ulong, T> take) : IDisposable
{
    /// <summary>Who comes when so many follow is refused.</summary>
    public const int MaxFollowers = 32;

    /// <summary>From one snapshot to the next.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    private readonly Lock gate = new();
    private readonly List<Channel<T>> followers = [];
    private readonly CancellationTokenSource ended = new();
    private bool isRunning;
    private ulong number;

    /// <summary>How many follow.</summary>
    public int Followers
    {
        get
        {
            lock (gate) return followers.Count;
        }
    }

    /// <summary>Sends snapshots until the call is cancelled or the feed ends.</summary>
    /// <exception cref="RpcException">Too many follow already.</exception>
    public async Task ServeAsync(IServerStreamWriter<T> stream, CancellationToken cancellation)
    {
        var mine = Channel.CreateBounded<T>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
        lock (gate)
        {
            if (followers.Count == MaxFollowers)
                throw new RpcException(new Status(StatusCode.ResourceExhausted,
                    $"{MaxFollowers} follow already, and no more can: close a page, or look at one that is open."));
            if (ended.IsCancellationRequested) return;
            followers.Add(mine);
            if (!isRunning) _ = Task.Run(RunAsync, CancellationToken.None);
            isRunning = true;
        }
        try
        {
            await foreach (var snapshot in mine.Reader.ReadAllAsync(cancellation).ConfigureAwait(false))
                await stream.WriteAsync(snapshot, cancellation).ConfigureAwait(false);
        }
        finally
        {
            lock (gate) followers.Remove(mine);
        }
    }

    /// <summary>Takes a last one and ends every call; who comes later gets nothing.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            if (ended.IsCancellationRequested) return;
            ended.Cancel();
            if (!isRunning) return;
            Publish();
            foreach (var follower in followers) follower.Writer.Complete();
        }
    }

    private async Task RunAsync()
    {
        while (true)
        {
            lock (gate)
            {
                isRunning = followers.Count > 0 && !ended.IsCancellationRequested;
                if (!isRunning) return;
                Publish();
            }
            await Task.Delay(Interval, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private void Publish()
    {
        try
        {
            var snapshot = take(++number);
            foreach (var follower in followers) follower.Writer.TryWrite(snapshot);
        }
        catch (Exception e)
        {
            // What is looked at cannot be looked at any more: they hear why, rather than nothing.
            foreach (var follower in followers) follower.Writer.TryComplete(e);
            followers.Clear();
        }
    }
}
