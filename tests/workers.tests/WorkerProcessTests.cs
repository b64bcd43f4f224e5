using System.Text.Json.Nodes;
using Pcie.Fixtures.Programs;

namespace Pcie.Workers.Tests;

/// <summary><c>emu worker</c> and <c>emu campaign --cluster</c>: processes, which are killed.</summary>
public sealed class WorkerProcessTests : IDisposable
{
    private static string Storm(int seeds, string duration) => $"""
        [campaign]
        seeds = {seeds}
        duration = "{duration}"
        [[campaign.scenario]]
        file = "dpc-storm-low"
        [[campaign.design]]
        name = "high"
        change = "driver.dpc-importance=high"
        """;

    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task WhateverIsKilledEachUnitIsCountedOnceAndTheComparisonIsThatOfOneMachine()
    {
        // Blocks enough that some are left whenever something is killed.
        var storm = folder.Write("storm.toml", Storm(192, "1s"));
        const int Units = 2 * 192;
        using var redis = await RedisServer.StartAsync();
        using var first = await StartWorkerAsync(redis, "first");
        using var second = await StartWorkerAsync(redis, "second");
        using var third = await StartWorkerAsync(redis, "third");
        var lines = folder["lines.jsonl"];
        using var campaign = Submit(storm, redis, "--out", lines, "--json");
        await UntilLinesAsync(campaign, lines, 1);
        // One of the three has the campaign's grain; the others what they were given.
        first.Kill();
        await UntilLinesAsync(campaign, lines, Units / 3);
        second.Kill();
        await UntilLinesAsync(campaign, lines, Units / 2);
        await redis.KillAsync();
        await campaign.LogsAsync("the campaign waits");
        await redis.RestartAsync();

        Assert.Equal(0, await campaign.ExitAsync());
        var alone = await RunningProgram.RunAsync("emu", "campaign", storm, "--out", folder["alone.jsonl"], "--json");
        Assert.Equal(0, alone.Status);
        Assert.Equal(JsonNode.Parse(alone.Output)!["comparisons"]!.ToJsonString(), JsonNode.Parse(campaign.Output)!["comparisons"]!.ToJsonString());
        Assert.Equal(Sorted(folder["alone.jsonl"]), Sorted(lines));
    }

    [Fact]
    public async Task ACampaignThatIsClosedGoesOnAndOneThatIsOpenedAgainRunsNothingAgain()
    {
        // Units long enough that the campaign is under way when it is closed.
        var storm = folder.Write("storm.toml", Storm(16, "1min"));
        using var redis = await RedisServer.StartAsync("--requirepass", "open sesame");
        var password = folder.Write("password", "open sesame\n");
        var refused = await RunningProgram.RunAsync("emu", "campaign", storm, "--cluster", redis.Uri);
        Assert.Equal(2, refused.Status);
        Assert.Contains("it asks for a password: give --password-file", refused.Errors, StringComparison.Ordinal);

        using (var closed = Submit(storm, redis, "--password-file", password))
        {
            await closed.LogsAsync("no worker is at redis://");
            using var worker = await StartWorkerAsync(redis, "one", "--password-file", password);
            await closed.LogsAsync("goes on");
            closed.Interrupt();
            Assert.Equal(5, await closed.ExitAsync());
            Assert.Contains("the cluster goes on", closed.Errors, StringComparison.Ordinal);

            using var open = Submit(storm, redis, "--password-file", password, "--json");
            Assert.Equal(0, await open.ExitAsync());
            Assert.Equal(2 * 16, (int)JsonNode.Parse(open.Output)!["units"]!);
            worker.Terminate();
            Assert.Equal(0, await worker.ExitAsync());
        }
    }

    public void Dispose() => folder.Dispose();

    private static async Task<RunningProgram> StartWorkerAsync(RedisServer redis, string name, params string[] more)
    {
        var worker = RunningProgram.Start("emu", ["worker", "--cluster", redis.Uri, "--processors", "1", "--name", name, .. more]);
        try
        {
            await worker.PrintsAsync($"worker {name} on ");
            return worker;
        }
        catch
        {
            worker.Dispose();
            throw;
        }
    }

    private static IEnumerable<string> Sorted(string file) => File.ReadLines(file).Order(StringComparer.Ordinal);

    private static async Task UntilLinesAsync(RunningProgram campaign, string file, int count)
    {
        while (!File.Exists(file) || Lines() < count)
        {
            Assert.False(campaign.HasExited, $"{campaign}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        int Lines()
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream);
            return reader.ReadToEnd().Count(c => c == '\n');
        }
    }

    private static RunningProgram Submit(string campaign, RedisServer redis, params string[] more) =>
        RunningProgram.Start("emu", ["campaign", campaign, "--cluster", redis.Uri, .. more]);
}
