using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pcie.Fixtures.Programs;
using Pcie.Program;

namespace Pcie.EndToEnd.Tests.Processes;

/// <summary>What who operates the programs relies on: metrics, readiness, logs for machines, options from elsewhere (docs/operations.md).</summary>
public sealed class OperationsTests
{
    private const string Anywhere = "http://127.0.0.1:0";

    private static readonly string[] Programs = ["emulator", "driver-model"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static string Deployment => Path.Combine(AppContext.BaseDirectory, "deploy");

    [Fact]
    public async Task MetricsAreTheCountersThatTheControlServiceTells()
    {
        using var card = RunningProgram.Start("emulator", "--listen", Anywhere, "--metrics", Anywhere);
        var (link, metrics) = (UriIn(await card.PrintsAsync("listening on")), UriIn(await card.PrintsAsync("metrics at")));
        Assert.Equal(0, (await RunningProgram.RunAsync("emu", "check", link, "--only", "bar-sizing")).Status);
        Assert.Equal(0, (await RunningProgram.RunAsync("emu", "fault", link, "source-stall")).Status);

        var shown = await MetricsAsync(metrics);

        var told = JsonNode.Parse((await RunningProgram.RunAsync("emu", "stats", link, "--json")).Output)!["counters"]!.AsObject();
        Assert.True(shown["pcie_card_attach_attached_total"] > 0);
        Assert.Equal(1, shown["pcie_card_faults_source_stall_total"]);
        Assert.Equal(told.Count, shown.Count);
        foreach (var (name, value) in told)
        {
            var metric = $"pcie_card_{name.Replace('.', '_').Replace('-', '_')}";
            // Which may fall is no total.
            Assert.Equal((double)value!, shown[shown.ContainsKey(metric) ? metric : $"{metric}_total"]);
        }
        card.Terminate();
        Assert.Equal(ExitStatus.Done, await card.ExitAsync());
    }

    [Fact]
    public async Task ADriversRunIsSeenInMetricsAndTheDashboardAsksForNoOthers()
    {
        var scenario = ShippedScenarios.PathOf("live");
        using var card = RunningProgram.Start("emulator", "--listen", Anywhere, "--metrics", Anywhere, "--scenario", scenario);
        var (link, ofCard) = (UriIn(await card.PrintsAsync("listening on")), UriIn(await card.PrintsAsync("metrics at")));
        using var driver = RunningProgram.Start("driver-model", "--card", link, "--scenario", scenario, "--duration", "1h", "--metrics", Anywhere);
        var ofDriver = UriIn(await driver.LogsAsync("Metrics at"));
        await driver.LogsAsync("Attached to");
        var shown = await MetricsAsync(ofDriver);
        while (shown.GetValueOrDefault("pcie_driver_chunks_delivered_total") == 0) shown = await MetricsAsync(ofDriver);

        Assert.True(shown["pcie_driver_ring_slots"] > 0);
        Assert.True(shown["pcie_driver_chunks_arrived_total"] >= shown["pcie_driver_chunks_copied_total"]);
        var waits = shown.Where(one => one.Key.StartsWith("pcie_driver_isr_to_dpc_bucket_total<", StringComparison.Ordinal)).ToList();
        Assert.Equal(26, waits.Count);
        Assert.All(waits.Zip(waits.Skip(1)), pair => Assert.True(pair.First.Value <= pair.Second.Value, $"{pair}"));
        Assert.True(waits[^1] is { Key: [.., 'I', 'n', 'f'], Value: > 0 }, $"{waits[^1]}");
        using var client = new HttpClient();
        Assert.True((await client.GetAsync(new Uri(new Uri(ofDriver), "/ready"), Cancelled)).IsSuccessStatusCode);
        foreach (var (name, value) in await MetricsAsync(ofCard)) shown[name] = value;
        var asked = Regex.Matches(await File.ReadAllTextAsync(Path.Combine(Deployment, "containers", "dashboard.json"), Cancelled), "pcie_[a-z0-9_]+")
            .Select(match => match.Value).Distinct().ToList();
        Assert.NotEmpty(asked);
        Assert.Empty(asked.Except(shown.Keys));
        driver.Terminate();
        Assert.Equal(ExitStatus.Interrupted, await driver.ExitAsync());
    }

    [Fact]
    public async Task OptionsComeFromTheCommandLineBeforeTheEnvironmentBeforeTheFile()
    {
        using var folder = new TemporaryFolder();
        await File.WriteAllTextAsync(folder["card.json"],
            $$"""{ "listen": [ "{{Anywhere}}", "vfio-user:{{folder["v"]}}" ], "log-level": "off", "record": true, "keep-alive": "1h" }""", Cancelled);
        using var card = Start("emulator", new()
        {
            ["PCIE_EMULATOR_CONFIG"] = folder["card.json"], ["PCIE_EMULATOR_LOG_LEVEL"] = "info", ["PCIE_EMULATOR_LOG_FORMAT"] = "json",
            ["PCIE_EMULATOR_KEEP_ALIVE"] = "nonsense",
        }, "--keep-alive", "2s");

        await card.PrintsAsync("listening on http://");
        await card.PrintsAsync($"listening on vfio-user:{folder["v"]}");
        var line = JsonNode.Parse(await card.LogsAsync("For QEMU"))!;
        Assert.Equal("info", (string?)line["level"]);
        Assert.Equal("Pcie.VfioUser", (string?)line["logger"]);
        Assert.True(DateTime.TryParse((string?)line["time"], CultureInfo.InvariantCulture, out _));
        card.Terminate();
        Assert.Equal(ExitStatus.Done, await card.ExitAsync());
    }

    [Theory]
    [InlineData("PCIE_EMULATOR_LISTN", "x", "PCIE_EMULATOR_LISTN: there is no option listn of emulator. Did you mean listen?")]
    [InlineData("PCIE_EMULATOR_KEEP_ALIVE", "x", "--keep-alive is x")]
    [InlineData("PCIE_EMULATOR_ONCE", "perhaps", "perhaps")]
    [InlineData("PCIE_EMULATOR_METRICS", "http://0.0.0.0:1", "--metrics http://0.0.0.0:1 can be reached from other machines")]
    [InlineData("PCIE_EMULATOR_METRICS", "127.0.0.1:1", "--metrics 127.0.0.1:1: expected an address")]
    [InlineData("PCIE_EMULATOR_CONFIG", "/nowhere.json", "--config /nowhere.json")]
    public async Task WhatTheEnvironmentSaysIsJudgedAsOnTheCommandLine(string variable, string value, string refusal)
    {
        using var card = Start("emulator", new() { [variable] = value });
        Assert.Equal(ExitStatus.Refused, await card.ExitAsync());
        Assert.Contains(refusal, card.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ServiceManagersAreToldWhenHostsCanCome()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("There is no systemd.");
        using var folder = new TemporaryFolder();
        using var notices = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        notices.Bind(new UnixDomainSocketEndPoint(folder["notify"]));
        using var card = Start("emulator", new() { ["NOTIFY_SOCKET"] = folder["notify"] }, "--listen", Anywhere);

        Assert.Contains("READY=1", await HearAsync(), StringComparison.Ordinal);
        await card.PrintsAsync("listening on");
        card.Terminate();
        Assert.Contains("STOPPING=1", await HearAsync(), StringComparison.Ordinal);
        Assert.Equal(ExitStatus.Done, await card.ExitAsync());

        async Task<string> HearAsync()
        {
            var buffer = new byte[1000];
            return Encoding.UTF8.GetString(buffer, 0, await notices.ReceiveAsync(buffer, Cancelled));
        }
    }

    [Fact]
    public async Task WhatIsDeployedUsesOptionsThatThereAre()
    {
        var text = string.Concat(Directory.EnumerateFiles(Deployment, "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        foreach (var program in Programs)
        {
            var help = (await RunningProgram.RunAsync(program, "--help")).Output;
            var prefix = $"PCIE_{program.ToUpperInvariant().Replace('-', '_')}_";
            var variables = Regex.Matches(text, $"{prefix}([A-Z_]+)").Select(match => match.Groups[1].Value).Distinct().ToList();
            Assert.NotEmpty(variables);
            foreach (var variable in variables)
                Assert.Contains($"--{variable.ToLowerInvariant().Replace('_', '-')} ", help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task WhatContainersAreToldToRunFindsInThemWhatItNames()
    {
        using var folder = new TemporaryFolder();
        using var card = Start("emulator", new() { ["PCIE_EMULATOR_LISTEN"] = Anywhere }, Contained("emulator"));
        var link = UriIn(await card.PrintsAsync("listening on"));
        using var driver = Start("driver-model", new() { ["PCIE_DRIVER_MODEL_CARD"] = link }, Contained("driver-model"));

        await driver.LogsAsync("Attached to");
        driver.Terminate();
        Assert.Equal(ExitStatus.Interrupted, await driver.ExitAsync());
        card.Terminate();
        Assert.Equal(ExitStatus.Done, await card.ExitAsync());

        // Lays out what the image has of the repository beside the program, and nothing else, and says what the program is started with there.
        List<string> Contained(string program)
        {
            var image = folder[program];
            foreach (Match copy in Regex.Matches(ReadDeployed($"Containerfile.{program}"), "(?m)^COPY --from=build /source/(\\S+) (/\\S+)$"))
            {
                var to = Directory.CreateDirectory(image + copy.Groups[2].Value).FullName;
                foreach (var file in Directory.EnumerateFiles(Path.Combine(ShippedScenarios.Repository, copy.Groups[1].Value)))
                    File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            }
            var service = Regex.Match(ReadDeployed("compose.yaml"), $"(?ms)^  {program}:$.*?^    command: (\\[.*?\\])$").Groups[1].Value;
            return [.. JsonNode.Parse(service)!.AsArray().Select(word => (string)word! is ['/', ..] path ? image + path : (string)word!)];
        }
    }

    private static string ReadDeployed(string file) => File.ReadAllText(Path.Combine(Deployment, "containers", file));

    private static RunningProgram Start(string program, Dictionary<string, string> environment, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, $"{program}.dll"), .. arguments]);
        foreach (var (name, value) in environment) start.Environment[name] = value;
        return RunningProgram.Start(start);
    }

    private static string UriIn(string line) => line[line.IndexOf("http", StringComparison.Ordinal)..].Trim();

    private static async Task<Dictionary<string, double>> MetricsAsync(string uri)
    {
        using var client = new HttpClient();
        var text = await client.GetStringAsync(new Uri(uri), Cancelled);
        return text.Split('\n').Where(line => line.StartsWith("pcie_", StringComparison.Ordinal)).ToDictionary(
            line => line[..line.IndexOf('{', StringComparison.Ordinal)] + Regex.Replace(line, ".*le=\"(.*?)\".*|.*", "<$1").TrimEnd('<'),
            line => double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture));
    }
}
