using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using NLog.Extensions.Logging;
using Pcie.Campaign.Plan;
using Pcie.Campaign.Units;
using Pcie.Files;
using Pcie.Link.Grpc;
using Pcie.Workers.Cluster;
using Pcie.Workers.Grains;
using Pcie.Workers.Grains.Messages;
using Pcie.Workers.Store;

namespace Pcie.Workers.Submitting;

/// <summary>
/// A campaign on a cluster, seen from where it is submitted: its workers go on without us, and what they have done is read in order, so that memory
/// does not grow with it.
/// </summary>
/// <param name="say">Gets sentences for a person.</param>
public sealed class ClusterRun(IClusterStore store, CampaignPlan plan, string version, TlsCredentials? credentials, Action<string> say)
{
    private const int AtOnce = 8;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    private readonly CampaignManifest manifest = CampaignManifest.Of(plan, version);
    private readonly HashSet<string> said = [];
    private bool isWaiting;

    /// <summary>Whether the cluster has it.</summary>
    public bool IsSubmitted { get; private set; }

    /// <summary>Units that are done on the cluster.</summary>
    public long Done { get; private set; }

    /// <summary>Submits the campaign, if the cluster does not have it, and reads what its units come to.</summary>
    /// <param name="add">Gets each, by its row and the number of its seed.</param>
    /// <exception cref="IOException">The store does not answer.</exception>
    /// <exception cref="InvalidDataException">A file that a scenario names is too large to be shipped, or what the store has is no
    /// result.</exception>
    /// <exception cref="OperationCanceledException">It is no longer watched; the workers go on.</exception>
    public async Task ExecuteAsync(Action<int, int, UnitOutcome> add, CancellationToken cancellation)
    {
        using var host = await ConnectAsync(cancellation);
        try
        {
            var grains = host.Services.GetRequiredService<IGrainFactory>();
            var campaign = grains.GetGrain<ICampaignGrain>(manifest.Id);
            await ShipAsync(grains, cancellation);
            await AskAsync(() => campaign.SubmitAsync(manifest), cancellation);
            IsSubmitted = true;
            for (var read = 0; ;)
            {
                var standing = await AskAsync(campaign.StandingAsync, cancellation);
                Tell(standing);
                // A campaign whose worker is no more begins again at what it had stored, which may be less than was read already.
                var finished = Math.Max(read, standing.Finished);
                if (!await ReadAsync(grains, read, finished, add, cancellation)) await AskAsync(campaign.RestartAsync, cancellation);
                else read = finished;
                if (read == standing.Blocks) return;
                if (standing.IsWithdrawn) throw new InvalidDataException("The campaign was taken off the cluster; what was done is kept.");
                await Task.Delay(BetweenLooks, cancellation);
            }
        }
        finally
        {
            // Nobody waits for a cluster that does not answer.
            using var soon = new CancellationTokenSource(TimeSpan.FromSeconds(1));
            await host.StopAsync(soon.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        }
    }

    /// <summary>Takes the campaign off the cluster.</summary>
    public async Task WithdrawAsync(CancellationToken cancellation)
    {
        using var host = await ConnectAsync(cancellation);
        await AskAsync(host.Services.GetRequiredService<IGrainFactory>().GetGrain<ICampaignGrain>(manifest.Id).WithdrawAsync, cancellation);
        await host.StopAsync(cancellation);
    }

    /// <summary>Takes the campaign off the cluster, and removes what it came to from the store, and the files that it shipped.</summary>
    public async Task ForgetAsync(CancellationToken cancellation)
    {
        using var host = await ConnectAsync(cancellation);
        var grains = host.Services.GetRequiredService<IGrainFactory>();
        var campaign = grains.GetGrain<ICampaignGrain>(manifest.Id);
        await AskAsync(campaign.WithdrawAsync, cancellation);
        foreach (var some in Enumerable.Range(0, manifest.Rows.Count * BlockRange.CountOf(manifest.Seeds)).Chunk(AtOnce))
            await Task.WhenAll(some.Select(index => PlannedBlock.Of(manifest, index)).Where(block => block.Mask != 0)
                .Select(block => AskAsync(() => grains.GetGrain<IBlockGrain>(block.Key).ForgetAsync(block.Mask), cancellation)));
        foreach (var file in manifest.Rows.SelectMany(row => row.Files).Distinct())
            for (var piece = 0; piece < file.Pieces; piece++)
                await AskAsync(grains.GetGrain<IFilePieceGrain>(file.KeyOf(piece)).ForgetAsync, cancellation);
        await AskAsync(campaign.ForgetAsync, cancellation);
        await host.StopAsync(cancellation);
    }

    private async Task<IHost> ConnectAsync(CancellationToken cancellation)
    {
        await store.ReadClockAsync(cancellation);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.AddNLog();
        builder.Services.AddSingleton<IClientConnectionRetryFilter>(
            new Waiting(() => Wait($"no worker is at {store.Name}; start emu worker --cluster there")));
        builder.UseOrleansClient(client =>
        {
            store.Use(client);
            ClusterSettings.Apply(client, credentials);
        });
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellation);
            return host;
        }
        catch
        {
            host.Dispose();
            throw;
        }
    }

    // Files lie in the store by their content: what is there is not sent again.
    private async Task ShipAsync(IGrainFactory grains, CancellationToken cancellation)
    {
        foreach (var file in plan.Rows.SelectMany(row => row.Content.Files).DistinctBy(file => file.Name))
        {
            await using var stream = File.OpenRead(file.Path);
            var shipped = new ManifestFile(file.Name, stream.Length);
            if (shipped.Length > ManifestFile.Largest)
                throw new InvalidDataException($"{file.Path} has {shipped.Length:#,0} bytes, and a cluster ships files of up to "
                    + $"{ManifestFile.Largest:#,0}: cut the recording, or run the campaign on one machine.");
            var buffer = new byte[ManifestFile.Piece];
            for (var piece = 0; piece < shipped.Pieces; piece++)
            {
                var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
                var grain = grains.GetGrain<IFilePieceGrain>(shipped.KeyOf(piece));
                if (!await AskAsync(grain.HasAsync, cancellation)) await AskAsync(() => grain.PutAsync(buffer[..length]), cancellation);
            }
        }
    }

    /// <returns>Whether the store had all that was done.</returns>
    private async Task<bool> ReadAsync(IGrainFactory grains, int from, int to, Action<int, int, UnitOutcome> add, CancellationToken cancellation)
    {
        foreach (var some in Enumerable.Range(from, to - from).Select(index => PlannedBlock.Of(manifest, index)).Chunk(AtOnce))
        {
            var read = await Task.WhenAll(some.Select(block => block.Mask == 0 ? Task.FromResult<IReadOnlyList<RecordedUnit>>([])
                : AskAsync(() => grains.GetGrain<IBlockGrain>(block.Key).ReadAsync(block.Mask), cancellation)));
            foreach (var (block, units) in some.Zip(read))
            {
                if (units.Count < System.Numerics.BitOperations.PopCount(block.Mask)) return false;
                foreach (var unit in units)
                    add(block.Row, (int)(unit.Seed - manifest.Rows[block.Row].FirstSeed), Unpack(unit, block));
            }
        }
        return true;
    }

    private UnitOutcome Unpack(RecordedUnit unit, PlannedBlock block)
    {
        try
        {
            return unit.Unpack();
        }
        catch (FormatException e)
        {
            throw new InvalidDataException($"{store.Name}, block {block.Key}, stored by worker {PrintableText.Of(unit.Worker)}: {e.Message}.", e);
        }
    }

    private void Tell(CampaignStanding standing)
    {
        Done = standing.Done;
        foreach (var refused in standing.Refused)
            if (said.Add(refused)) say($"refused: {PrintableText.Of(refused, 1000)}");
        if (standing.Troubles is [var first, ..]) Wait(PrintableText.Of(first, 1000));
        else GoOn();
    }

    private Task<bool> AskAsync(Func<Task> ask, CancellationToken cancellation) => AskAsync(async () =>
    {
        await ask();
        return true;
    }, cancellation);

    // Workers come and go.
    private async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellation)
    {
        for (var failed = 0; ; failed++)
            try
            {
                var answer = await ask().WaitAsync(cancellation);
                if (failed > 0) GoOn();
                return answer;
            }
            // A call may also be cancelled because the worker that was to answer it is no more.
            catch (Exception e)
            {
                // Whatever it was: nobody waits for it any more.
                cancellation.ThrowIfCancellationRequested();
                if (failed > 0) Wait($"no worker answers: {PrintableText.Of(e.Message.Split('\n')[0])}");
                await Task.Delay(BetweenLooks, cancellation);
            }
    }

    private void Wait(string why)
    {
        if (!isWaiting) say($"the campaign waits: {why}");
        isWaiting = true;
    }

    private void GoOn()
    {
        if (isWaiting) say("the campaign goes on");
        isWaiting = false;
    }

    /// <summary>There may be no worker yet.</summary>
    private sealed class Waiting(Action say) : IClientConnectionRetryFilter
    {
        public async Task<bool> ShouldRetryConnectionAttempt(Exception exception, CancellationToken cancellationToken)
        {
            say();
            await Task.Delay(BetweenLooks, cancellationToken);
            return true;
        }
    }
}
