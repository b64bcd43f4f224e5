using System.Collections.Concurrent;
using System.Net;
using Pcie.Campaign.Plan;
using Pcie.Campaign.Results;
using Pcie.Campaign.Units;
using Pcie.Fixtures.Programs;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Workers.Store;
using Pcie.Workers.Submitting;
using Pcie.Workers.Working;

namespace Pcie.Workers.Tests;

/// <summary>Workers in this process, on a real Redis.</summary>
public sealed class ClusterTests : IAsyncLifetime
{
    private readonly ConcurrentQueue<string> said = new();
    private RedisServer redis = null!;

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => redis = await RedisServer.StartAsync();

    public ValueTask DisposeAsync()
    {
        redis.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task WorkersThatMayNotRunACampaignAreRefusedByNameAndTheOthersDoIt()
    {
        var (right, wrong, older) = (new ScriptedRunner(), new ScriptedRunner(digest: (_, _, _) => "another"), new ScriptedRunner("0.9 (old)"));
        await using var first = await StartAsync("right", right);
        await using var old = await StartAsync("old", older);
        var few = ScriptedRunner.Plan("few", 3);
        var done = await RunAsync(few);
        Assert.Equal(3, done.Count);

        // There is something now that the next can be tried on.
        await using var liar = await StartAsync("liar", wrong);
        var more = new CampaignPlan("more", 5000, few.Scenarios);
        Assert.Equal(5000, (await RunAsync(more)).Count);

        Assert.Empty(older.Runs);
        Assert.Single(wrong.Runs);
        Assert.Equal(5000, right.Runs.Distinct().Count());
        Assert.Contains(said, text => text.Contains("worker old is emu 0.9 (old), and the campaign is of 1.0 (test)", StringComparison.Ordinal));
        Assert.Contains(said, text => text.Contains("worker liar came to digest another for seed 7", StringComparison.Ordinal)
            && text.Contains("worker right to digest-7", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FilesThatAScenarioNamesComeWithIt()
    {
        using var folder = new TemporaryFolder();
        var large = new byte[3_000_000];
        new Random(1).NextBytes(large);
        await File.WriteAllBytesAsync(folder["large.bin"], large, Cancelled);
        var file = ContentFile.Of(folder["large.bin"]);
        await using var worker = await StartAsync("one", new ScriptedRunner(digest: (_, here, _) =>
            File.ReadAllBytes(Path.Combine(here, file.Name)).AsSpan().SequenceEqual(large) ? "has it" : "has something else"));

        Assert.Equal("has it", Assert.Single(await RunAsync(ScriptedRunner.Plan("with a file", 1, file))).Digest);

        await using (var sparse = File.Create(folder["day.bin"])) sparse.SetLength((256L << 20) + 1);
        var refused = await Assert.ThrowsAsync<InvalidDataException>(() =>
            RunAsync(ScriptedRunner.Plan("too large", 1, new ContentFile("day", folder["day.bin"]))));
        Assert.Contains($"{folder["day.bin"]} has 268,435,457 bytes, and a cluster ships files of up to 268,435,456", refused.Message,
            StringComparison.Ordinal);
        var missing = new ContentFile(file.Name, folder["gone.bin"]);
        await Assert.ThrowsAnyAsync<IOException>(() => RunAsync(ScriptedRunner.Plan("without", 1, missing)));
    }

    [Fact]
    public async Task AWorkerThatCannotRunAScenarioIsRefusedByNameAndAnotherDoesIt()
    {
        await using var poor = await StartAsync("poor", new ScriptedRunner(digest: (_, _, _) => throw new InvalidDataException("no such library")));
        var running = RunAsync(ScriptedRunner.Plan("needs a library", 2));
        await UntilAsync(() => said.Any(text => text.Contains("worker poor cannot run", StringComparison.Ordinal)
            && text.Contains("no such library", StringComparison.Ordinal)));
        await using var rich = await StartAsync("rich", new ScriptedRunner());

        Assert.Equal(2, (await running).Count);
    }

    [Fact]
    public async Task PostgresKeepsMembersAndResultsAsWell()
    {
        using var postgres = await PostgresServer.StartAsync();
        var noPassword = await Assert.ThrowsAsync<IOException>(() => ClusterUri.Parse(postgres.Uri).ReadClockAsync(Cancelled));
        Assert.Contains("--password-file FILE", noPassword.Message, StringComparison.Ordinal);
        var store = () => ClusterUri.Parse(postgres.Uri, PostgresServer.Password);
        var (one, other) = (new ScriptedRunner(), new ScriptedRunner());
        var first = await Worker.StartAsync(store(), Options("first"), one, Cancelled);
        await using var second = await Worker.StartAsync(store(), Options("second"), other, Cancelled);
        var plan = ScriptedRunner.Plan("on postgres", 500);

        Assert.Equal(500, (await RunAsync(plan, store())).Count);
        var runs = one.Runs.Count + other.Runs.Count;
        // Again: nothing is run that is known, also by a worker that has lost the one that ran it.
        await first.DisposeAsync();
        Assert.Equal(500, (await RunAsync(plan, store())).Count);
        Assert.Equal(runs, one.Runs.Count + other.Runs.Count);
        Assert.Equal(500, one.Runs.Concat(other.Runs).Distinct().Count());
        runs = other.Runs.Count;
        await new ClusterRun(store(), plan, ScriptedRunner.Build, null, said.Enqueue).ForgetAsync(Cancelled);
        Assert.Equal(500, (await RunAsync(plan, store())).Count);
        Assert.True(other.Runs.Count >= runs + 500);
    }

    [Fact]
    public async Task WhatIsForgottenLeavesTheStoreAndIsRunAgain()
    {
        using var folder = new TemporaryFolder();
        var runner = new ScriptedRunner();
        await using var worker = await StartAsync("one", runner);
        var kept = ScriptedRunner.Plan("kept", 70);
        var forgotten = ScriptedRunner.Plan("forgotten", 200, ContentFile.Of(folder.Write("file", "text")));
        await RunAsync(kept);
        var keys = await redis.KeysAsync();
        await RunAsync(forgotten);
        Assert.True(await redis.KeysAsync() > keys);

        await new ClusterRun(ClusterUri.Parse(redis.Uri), forgotten, ScriptedRunner.Build, null, said.Enqueue).ForgetAsync(Cancelled);

        Assert.Equal(keys, await redis.KeysAsync());
        await RunAsync(kept);
        Assert.Equal(70 + 200, runner.Runs.Count);
        await RunAsync(forgotten);
        Assert.Equal(70 + 200 + 200, runner.Runs.Count);
    }

    [Fact]
    public async Task BeyondLoopbackWorkersMeetByCertificatesOfOneAuthority()
    {
        using var certificates = new Certificates();
        Assert.Contains("give --certificate", Assert.Throws<FormatException>((Options("open") with { Listen = IPAddress.Any }).Check).Message,
            StringComparison.Ordinal);
        await using var one = await StartAsync("one", new ScriptedRunner(), certificates.CredentialsOf("emulator"));
        await using var other = await StartAsync("other", new ScriptedRunner(), certificates.CredentialsOf("driver"));
        var plan = ScriptedRunner.Plan("by certificates", 200);
        var outcomes = 0;

        // Whom another authority knows gets no answer, and neither does who has no certificate.
        foreach (var credentials in (TlsCredentials?[])[certificates.CredentialsOf("stranger"), null])
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
            var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var stranger = new ClusterRun(ClusterUri.Parse(redis.Uri), plan, ScriptedRunner.Build, credentials, _ => waits.TrySetResult())
                .ExecuteAsync((_, _, _) => Interlocked.Increment(ref outcomes), limit.Token);
            await Task.WhenAny(waits.Task, stranger);
            Assert.False(stranger.IsCompleted);
            await limit.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stranger);
        }
        Assert.Equal(0, outcomes);
        Assert.Equal(200, (await RunAsync(plan, credentials: certificates.CredentialsOf("driver"))).Count);
    }

    [Fact]
    public async Task ClocksThatDifferHoldNobodyUp()
    {
        var store = new LateStore(ClusterUri.Parse(redis.Uri), TimeSpan.FromHours(1));
        await using var late = await Worker.StartAsync(store, Options("late"), new ScriptedRunner(), Cancelled);
        await using var punctual = await StartAsync("punctual", new ScriptedRunner());

        Assert.Equal(500, (await RunAsync(ScriptedRunner.Plan("over two clocks", 500))).Count);
    }

    [Fact]
    public async Task TheDashboardIsOnLoopbackAndForNobodyElse()
    {
        using var probe = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        probe.Stop();
        await using var worker = await Worker.StartAsync(ClusterUri.Parse(redis.Uri), Options("seen") with { Dashboard = LinkUri.Parse(address) },
            new ScriptedRunner(), Cancelled);
        using var http = new HttpClient();

        Assert.Contains("Orleans", await http.GetStringAsync(new Uri(address), Cancelled), StringComparison.Ordinal);
        using var foreign = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Host = "elsewhere.example" } };
        using var refused = await http.SendAsync(foreign, Cancelled);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    private static WorkerOptions Options(string name) => new(name, 1, IPAddress.Loopback, 0, null, null);

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(RunningProgram.Long);
        while (!condition()) await Task.Delay(20, limit.Token);
    }

    private Task<Worker> StartAsync(string name, ScriptedRunner runner, TlsCredentials? credentials = null) =>
        Worker.StartAsync(ClusterUri.Parse(redis.Uri), Options(name) with { Credentials = credentials }, runner, Cancelled);

    private async Task<IReadOnlyList<UnitOutcome>> RunAsync(CampaignPlan plan, IClusterStore? store = null, TlsCredentials? credentials = null)
    {
        var outcomes = new List<UnitOutcome>();
        var results = new CampaignResults(plan);
        var run = new ClusterRun(store ?? ClusterUri.Parse(redis.Uri), plan, ScriptedRunner.Build, credentials, said.Enqueue);
        await run.ExecuteAsync((row, seed, outcome) =>
        {
            Assert.True(results.Add(row, seed, outcome), $"Seed {outcome.Seed} comes a second time.");
            outcomes.Add(outcome);
        }, Cancelled);
        Assert.True(results.IsComplete);
        return outcomes;
    }

    /// <summary>A store whose clock this machine's is behind.</summary>
    private sealed class LateStore(IClusterStore store, TimeSpan ahead) : IClusterStore
    {
        public string Name => store.Name;

        public async Task<DateTimeOffset> ReadClockAsync(CancellationToken cancellation) => await store.ReadClockAsync(cancellation) + ahead;

        public void Use(ISiloBuilder silo) => store.Use(silo);

        public void Use(IClientBuilder client) => store.Use(client);
    }
}
