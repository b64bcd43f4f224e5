using System.Collections.Concurrent;
using System.Net;
using Pcie.Campaign.Plan;
using Pcie.Campaign.Results;
using Pcie.Campaign.Units;
using Pcie.Fixtures.Programs;
using Pcie.Link;
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

    private Task<Worker> StartAsync(string name, ScriptedRunner runner) =>
        Worker.StartAsync(ClusterUri.Parse(redis.Uri), Options(name), runner, Cancelled);

    private async Task<IReadOnlyList<UnitOutcome>> RunAsync(CampaignPlan plan)
    {
        var outcomes = new List<UnitOutcome>();
        var results = new CampaignResults(plan);
        await new ClusterRun(ClusterUri.Parse(redis.Uri), plan, ScriptedRunner.Build, null, said.Enqueue).ExecuteAsync((row, seed, outcome) =>
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
