using Pcie.Emulator.Hosting;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Pcie.Emu.Checking;
using Pcie.Emu.Running;
using Pcie.Emulator.Daq;
using Pcie.Link;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.TestKit;
using Pcie.TestKit.Conformance;
using Pcie.TestKit.Devices;
using Pcie.TestKit.Emulated;
using Pcie.Time;

namespace Pcie.Emu.Commands;

/// <summary><c>emu check</c>: the conformance suite, against any implementation of the device side.</summary>
internal static class CheckCommand
{
    private static readonly TimeSpan Wait = TimeSpan.FromSeconds(10);
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static Command Create(CancellationToken stopping)
    {
        var uri = new Argument<string?>("uri")
        {
            Description = "The device: http://host:port, https://host:port, unix:/path, or inproc: for a card of ours.",
                Arity = ArgumentArity.ZeroOrOne,
        };
        var only = new Option<string[]>("--only") { Description = "Only these checks.", HelpName = "NAME", AllowMultipleArgumentsPerToken = true };
        var list = new Option<bool>("--list") { Description = "List the checks and what each is about, and run none." };
        var junit = new Option<string?>("--junit")
        {
            Description = "Write the report to this file as JUnit XML too.", HelpName = "FILE",
        }.AcceptWritableFilesOnly();
        var json = new Option<bool>("--json") { Description = "Print one JSON object and nothing else." };
        var wallClock = new Option<bool>("--wall-clock") { Description = "For a device that knows no simulated time." };
        var device = new Option<string>("--device")
        {
            Description = "inproc: which card: daq or edu.", HelpName = "NAME", DefaultValueFactory = _ => "daq",
        };
        var scenario = new Option<string?>("--scenario")
        {
            Description = "inproc: how the card is built; a file, or a shipped scenario's name.", HelpName = "NAME",
        };
        var profile = new Option<string?>("--profile")
        {
            Description = "What the suite has to know of a device that it does not know: its registers, and how to make it send.", HelpName = "FILE",
        };
        device.AcceptOnlyFromAmong("daq", "edu");
        var command = new Command("check", "Check that a device does what the specification says.") { uri, only, list, junit, json, wallClock,
            device, scenario, profile };
        var tls = new TlsCommandLine(command, "server");
        command.SetAction(async (parsed, _) =>
        {
            var checks = ConformanceSuite.Named(parsed.GetValue(only) ?? []);
            if (parsed.GetValue(list))
            {
                foreach (var check in checks) Console.WriteLine($"{check.Name,-26} {check.Rule} (PCIe {check.Section})");
                return ExitStatus.Done;
            }
            var at = LinkUri.Parse(parsed.GetValue(uri) ?? throw new FormatException("Which device? Give its URI, or inproc: for a card of ours."));
            var options = new TestBenchOptions { Pacing = parsed.GetValue(wallClock) ? Pacing.WallClock : Pacing.FreeRunning };
            IDeviceUnderTest underTest = at.Scheme == LinkScheme.InProcess
                ? new CardUnderTest(CardOf(parsed.GetRequiredValue(device), parsed.GetValue(scenario)))
                : new LinkedDevice(at, tls.Read(parsed), Wait, stopping);
            if (at.Scheme == LinkScheme.InProcess && parsed.GetValue(wallClock))
                throw new FormatException("--wall-clock: a card in this process runs by simulated time.");
            if (at.Scheme != LinkScheme.InProcess && parsed.GetValue(scenario) is not null)
                throw new FormatException($"--scenario is for inproc:; the device at {at} is as it was started.");

            var known = parsed.GetValue(profile) is { } file ? ProfileFile.Load(file) : null;
            var asText = !parsed.GetValue(json);
            // The bench has a thread of its own; this one is the pool's.
            var report = await Task.Factory.StartNew(
                () => ConformanceSuite.Run(underTest, checks, options, asText ? result => Console.WriteLine(TextOf(result)) : null, stopping,
                    known),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            if (parsed.GetValue(junit) is { } path)
            {
                using var xml = File.Create(path);
                JunitReport.Write(report, xml);
            }
            Console.WriteLine(asText ? Summary(report) : ToJson(report));
            return report.Failed == 0 ? ExitStatus.Done : ExitStatus.Unexpected;
        });
        return command;
    }

    private static CardDesign CardOf(string device, string? scenario)
    {
        if (device == "edu")
            return scenario is null ? CardDesign.Edu : throw new FormatException("--scenario: the edu device has nothing that a scenario could say.");
        if (scenario is null) return CardDesign.Daq(new DaqCardOptions());
        var path = ScenarioCatalog.Find(scenario);
        var file = ScenarioFile.Load(path);
        return CardDesign.Daq(DaqCardOptions.Read(file, RunScenario.Read(file).Seed));
    }

    private static string TextOf(CheckResult result)
    {
        var outcome = result.Outcome switch { CheckOutcome.Passed => "passed", CheckOutcome.Failed => "FAILED", _ => "n/a" };
        var text = new StringBuilder($"{outcome,-7} {result.Check.Name,-26} ");
        if (result.Outcome == CheckOutcome.NotApplicable) return text.Append(result.Expectation).ToString();
        text.Append(CultureInfo.InvariantCulture, $"{result.Check.Rule} ({result.Check.Section})");
        if (result.Outcome == CheckOutcome.Failed) text.Append(CultureInfo.InvariantCulture, $"\n  {result.Expectation}\n{result.Context}");
        return text.ToString();
    }

    private static string Summary(ConformanceReport report) => string.Create(CultureInfo.InvariantCulture,
        $"\n{report.Passed} passed, {report.Failed} failed, {report.NotApplicable} not applicable, in {report.Elapsed.TotalSeconds:0.00} "
            + $"s: {report.Device} at {report.Place}");

    private static string ToJson(ConformanceReport report) => JsonSerializer.Serialize(new
    {
        report.Device,
        report.Place,
        report.Passed,
        report.Failed,
        report.NotApplicable,
        Seconds = report.Elapsed.TotalSeconds,
        Checks = report.Results.Select(result => new
        {
            result.Check.Name, result.Check.Rule, result.Check.Section, Outcome = result.Outcome.ToString(), result.Expectation, result.Context,
            Seconds = result.Elapsed.TotalSeconds,
        }),
    }, Json);
}
