using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Forms;
using Pcie.Emu.Forms.Measurements;
using Pcie.Emu.Running;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Scenario;
using Pcie.Tables;

namespace Pcie.EndToEnd.Tests.Forms;

/// <summary>What commands print as JSON is what <c>emu schema</c> says of it.</summary>
public sealed partial class OutputFormTests : IDisposable
{
    private const string Rtla = """
          ## CPU 23 hit stop tracing, analyzing it ##
          IRQ handler delay:                                        27.49 us (65.52 %)
          IRQ latency:                                              28.13 us
          Timerlat IRQ duration:                                     9.59 us (22.85 %)
            Thread latency:                                          41.96 us (100%)

        """;

    private static readonly string Cases = Path.Combine(AppContext.BaseDirectory, "cases");
    private static readonly string Sample = Path.Combine(AppContext.BaseDirectory, "samples", "linux-irq-softirq-loopback-tcp.ftrace.gz");

    private readonly TemporaryFolder folder = new();

    public static TheoryData<string> Scenarios => [.. ShippedScenarios.Paths.Select(path => Path.GetFileNameWithoutExtension(path))];

    public static TheoryData<string> Forms => [.. OutputForms.Names];

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void TheReportOfEveryScenarioIsOfItsForm(string scenario)
    {
        var run = new InProcessRun(new RunRequest(ShippedScenarios.PathOf(scenario), LinkKind.Inproc) { Duration = "60ms", Explains = true });
        var report = run.Execute(TestContext.Current.CancellationToken);
        OutputSchema.AssertValid(JsonOutput.TextOf(ExplainedRun.ToJson(report, run.Flight!)));
        OutputSchema.AssertValid((report with { Missing = [RunReport.CardCounters] }).ToJsonText());
    }

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void EveryScenariosDriverHasAReportThatTheSchemaOfRunsKnows(string scenario) =>
        Assert.All(HostScenario.Read(ScenarioFile.Load(ShippedScenarios.PathOf(scenario))).Cards,
            card => Assert.Contains(card.Driver.ReportType, DriverKinds.Reports));

    [Theory]
    [InlineData("run/3", 0, "run raised-irql --try-cures")]
    [InlineData("run/3", 0, "run edu")]
    [InlineData("run/3", 0, "run fault-surprise-removal")]
    [InlineData("run/3", 0, "run raised-irql --set driver.ring-slots=2 --set driver.buffering=ring")]
    [InlineData("comparison/2", 0, "whatif raised-irql --duration 2s --seeds 1")]
    [InlineData("comparison/2", 0, "run late-dpc --rare --duration 10s --precision 1")]
    [InlineData("conformance/3", 0, "check inproc:")]
    [InlineData("conformance/3", 0, "check inproc: --device edu --only msix-mask bus-master-enable")]
    [InlineData("explanation/2", 0, "explain SAMPLE")]
    [InlineData("explanation/2", 0, "explain SAMPLE --evidence --dpc softirq*RX")]
    [InlineData("explanation/2", 0, "explain CASES/trace-cmd-events-dropped.txt")]
    [InlineData("explanation/2", 0, "explain CASES/ftrace-cut-in-the-run.txt --evidence")]
    [InlineData("latency-mon/1", 0, "explain CASES/latencymon-bins.txt")]
    [InlineData("latency-mon/1", 0, "explain CASES/latencymon-thousands.txt")]
    [InlineData("calibration/2", 0, "calibrate SAMPLE")]
    [InlineData("calibration/2", 0, "calibrate CASES/latencymon-bins.txt")]
    [InlineData("validation/2", 3, "validate SAMPLE --runs 1")]
    public async Task WhatACommandPrintsIsOfItsForm(string form, int status, string command)
    {
        var arguments = command.Replace("SAMPLE", Sample, StringComparison.Ordinal).Replace("CASES", Cases, StringComparison.Ordinal);
        AssertForm(form, status, await EmuInProcess.RunAsync([.. arguments.Split(' '), "--json"]));
    }

    [Fact]
    public async Task WhatIsSaidOfATraceOfOursIsOfItsForm()
    {
        await EmuInProcess.RunAsync("run", "raised-irql", "--trace", folder["run.trace"]);
        AssertForm("explanation/2", 0, await EmuInProcess.RunAsync("explain", folder["run.trace"], "--evidence", "--json"));
    }

    [Fact]
    public async Task WhatIsSaidOfARunningCardIsOfItsForm()
    {
        using var card = await RunningEmulator.StartAsync();
        foreach (var (form, command) in ((string, string)[])[
            ("registers/1", "regs CARD"), ("register-map/1", "regs CARD --describe"), ("register/1", "peek CARD VERSION"),
            ("register/1", "peek CARD VERSION.MAJOR"), ("register/1", "poke CARD SCRATCH 0xFFFFFFFF"), ("statistics/1", "stats CARD"),
            ("fault/1", "fault CARD source-stall --duration 2ms")])
        {
            var typed = command.Replace("CARD", card.Uri, StringComparison.Ordinal).Split(' ');
            AssertForm(form, 0, await EmuInProcess.RunAsync([.. typed, "--json"]));
        }
    }

    [Fact]
    public void WhatIsMeasuredIsOfItsForm() => OutputSchema.AssertValid(JsonOutput.TextOf(new MeasuredFigures(
        [new TableRow("TLP codec", 20.5, "ns", null, 19, 22, null, null, "at most 30", true)])));

    [Fact]
    public async Task ARecordedSessionAndItsReplayAreOfTheirForms()
    {
        string[] run = ["run", "vector-per-cause", "--duration", "5ms", "--record", folder["run.tlps"]];
        await EmuInProcess.RunAsync(run);
        AssertForm("session/1", 0, await RunningProgram.RunAsync("emu", "show", folder["run.tlps"], "--json"));
        string[] replay = ["replay", folder["run.tlps"], "--against", "inproc:", "--scenario", "vector-per-cause", "--seed", "6", "--json"];
        AssertForm("replay/2", 3, await EmuInProcess.RunAsync(replay));
    }

    [Fact]
    public async Task ASummaryIsOfItsForm()
    {
        var file = folder.Write("rtla.txt", Rtla);
        AssertForm("recording-summary/1", 0, await EmuInProcess.RunAsync("explain", file, "--json"));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public async Task TheCommandPrintsTheSchema(string form)
    {
        var printed = await EmuInProcess.RunAsync("schema", form);
        Assert.Equal((0, ""), (printed.Status, printed.Errors));
        Assert.True(JsonNode.DeepEquals(OutputForms.SchemaOf(form), JsonNode.Parse(printed.Output)));
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void MembersAreInSnakeCaseAndWordsInKebabCase(string form)
    {
        foreach (var (place, schema) in OutputSchema.Within(OutputForms.SchemaOf(form)))
        {
            if (schema["properties"] is JsonObject members && !place.EndsWith("/properties", StringComparison.Ordinal))
                Assert.All(members, member => Assert.Matches(SnakeCase, member.Key));
            if (schema["enum"] is JsonArray words) Assert.All(words.OfType<JsonValue>(), word => Assert.Matches(KebabCase, (string)word!));
            if (schema["description"] is JsonValue sentence) Assert.DoesNotContain("{0}", (string)sentence!, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void TimesAndSizesHaveTheirUnitInTheirNames(string form)
    {
        foreach (var (_, schema) in OutputSchema.Within(OutputForms.SchemaOf(form)))
            foreach (var (name, member) in schema["properties"] as JsonObject ?? [])
            {
                if (!IsNumber(member)) continue;
                if (Time.IsMatch(name)) Assert.Matches("_ns$", name);
                if (Size.IsMatch(name)) Assert.Matches("_bytes$", name);
            }

        static bool IsNumber(JsonNode? member) => member?["type"]?.ToJsonString() is { } type
            && (type.Contains("integer", StringComparison.Ordinal) || type.Contains("number", StringComparison.Ordinal));
    }

    private static void AssertForm(string form, int status, ProgramResult printed)
    {
        Assert.True(printed.Status == status, printed.Errors + printed.Output);
        Assert.Equal(form, OutputSchema.AssertValid(printed.Output).GetProperty("schema").GetString());
    }

    [GeneratedRegex("(^|_)(time|duration|delay|latency|period|interval|elapsed|at|since|worst|margin|slack|deadline|seconds|ms|us)(_|$)")]
    private static partial Regex Time { get; }

    [GeneratedRegex("(^|_)(size|payload)(_|$)")]
    private static partial Regex Size { get; }

    [GeneratedRegex("^[a-z][a-z0-9]*(_[a-z0-9]+)*$")]
    private static partial Regex SnakeCase { get; }

    [GeneratedRegex("^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    private static partial Regex KebabCase { get; }
}
