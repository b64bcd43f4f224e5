using Grpc.Core;
using Grpc.Net.Client;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Link.Grpc.Host;

namespace Pcie.Ui.Watching;

/// <summary>
/// Follows one program's control service, whatever becomes of it: one call, however many pages look. A program that is gone is asked for again and
/// again; what it said last stays to be looked at.
/// </summary>
public abstract class Watcher<TDescription, TSnapshot>(LinkUri uri, TlsCredentials? credentials) : IAsyncDisposable
    where TDescription : class
    where TSnapshot : class
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(1), Silence = TimeSpan.FromSeconds(3), Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly CancellationTokenSource stop = new();
    private Task running = Task.CompletedTask;

    /// <summary>Something is different. From any thread.</summary>
    public event Action? Changed;

    public LinkUri Uri => uri;

    public WatchState State { get; private set; } = WatchState.Connecting;

    /// <summary>What is wrong, for a person; empty while nothing is.</summary>
    public string Problem { get; private set; } = "";

    /// <summary>Since when it is in this state.</summary>
    public DateTimeOffset Since { get; private set; } = DateTimeOffset.Now;

    /// <summary>Times that it was lost.</summary>
    public int Losses { get; private set; }

    /// <summary>What it says of itself; null before it has answered.</summary>
    public TDescription? Description { get; private set; }

    /// <summary>What it said last; null before it has said anything.</summary>
    public TSnapshot? Snapshot { get; private set; }

    protected static DateTime Deadline => DateTime.UtcNow.AddSeconds(5);

    protected GrpcChannel Channel { get; } = HostConnector.OpenChannel(uri, KeepAlive, credentials);

    public void Start() => running = Task.Run(RunAsync);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await running;
        Channel.Dispose();
        stop.Dispose();
        GC.SuppressFinalize(this);
    }

    protected abstract Task<TDescription> DescribeAsync(CancellationToken cancellation);

    protected abstract AsyncServerStreamingCall<TSnapshot> Follow(CancellationToken cancellation);

    /// <summary>A snapshot has come.</summary>
    /// <param name="before">The one before; null for the first.</param>
    protected abstract void Take(TSnapshot? before, TSnapshot snapshot);

    private async Task RunAsync()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await FollowAsync();
                Lose("it has ended.");
            }
            catch (Exception e) when (e is RpcException or OperationCanceledException or IOException or LinkRefusedException)
            {
                if (stop.IsCancellationRequested) return;
                Lose(e is RpcException { StatusCode: StatusCode.DeadlineExceeded } ? "it has not answered within 5 s." : $"{HostConnector.Cause(e)}");
            }
            await Task.Delay(Pause, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task FollowAsync()
    {
        Description = await DescribeAsync(stop.Token);
        using var call = Follow(stop.Token);
        var next = call.ResponseStream.MoveNext(stop.Token);
        for (var waited = TimeSpan.Zero; ;)
        {
            if (await Task.WhenAny(next, Task.Delay(Silence, stop.Token)) != next)
            {
                waited += Silence;
                if (waited >= Patience) throw new IOException($"it has said nothing for {waited.TotalSeconds:0} s.");
                Say(WatchState.Silent, $"it has said nothing for {waited.TotalSeconds:0} s.");
                continue;
            }
            if (!await next) return;
            waited = TimeSpan.Zero;
            var snapshot = call.ResponseStream.Current;
            Take(Snapshot, snapshot);
            Snapshot = snapshot;
            Say(WatchState.Live, "");
            next = call.ResponseStream.MoveNext(stop.Token);
        }
    }

    private void Lose(string why)
    {
        if (State is WatchState.Live or WatchState.Silent) Losses++;
        Say(WatchState.Lost, why);
    }

    private void Say(WatchState state, string problem)
    {
        if (State != state) Since = DateTimeOffset.Now;
        (State, Problem) = (state, problem);
        Changed?.Invoke();
    }
}
