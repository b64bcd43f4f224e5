using Pcie.Emulator.Hosting;
using System.CommandLine;
using System.Globalization;
using System.Text;
using Pcie.Attach;
using Pcie.Emu.Checking;
using Pcie.Link;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Tables;
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

    public static Command Create(CancellationToken stopping)
    {
        var uri = new Argument<string?>("uri")
        {
            Description = "The device: http://host:port, https://host:port, unix:/path, shm:/path, inproc: for a card of ours, or one of "
                + "others: qtest:device, as in qtest:edu, or vfio:address.",
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
        var device = new Option<string?>("--device")
        {
            Description = "inproc: which card, instead of the scenario's: daq, edu, nvme, endpoint-test, registers, or rtl:PATH, a shared "
                + "library of simulated RTL.",
            HelpName = "NAME",
        };
        var config = new Option<string?>("--device-config")
        {
            Description = "inproc: what the card of --device rtl: is to the bus.", HelpName = "FILE",
        };
        var wave = new Option<string?>("--wave")
        {
            Description = "inproc: waveforms of --device rtl: go here, of the last check; the library must have been built with them.",
            HelpName = "FILE",
        }.AcceptWritableFilesOnly();
        var map = new Option<string?>("--map") { Description = "inproc: the registers of --device registers.", HelpName = "FILE" };
        var scenario = new Option<string?>("--scenario")
        {
            Description = "inproc: how the card is built; a file, or a shipped scenario's name.", HelpName = "NAME",
        };
        var profile = new Option<string?>("--profile")
        {
            Description = "What the suite has to know of a device that it does not know: its registers, and how to make it send.", HelpName = "FILE",
        };
        var command = new Command("check", "Check that a device does what the specification says.") { uri, only, list, junit, json, wallClock,
            device, config, wave, map, scenario, profile };
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
            var isByWallClock = parsed.GetValue(wallClock) || HostAttachment.IsByWallClock(at);
            var options = new TestBenchOptions { Pacing = isByWallClock ? Pacing.WallClock : Pacing.FreeRunning };
            IDeviceUnderTest underTest = at.Scheme == LinkScheme.InProcess
                ? new CardUnderTest(CardOf(
                    CardInstead.Parse(parsed.GetValue(device), parsed.GetValue(config), parsed.GetValue(wave)) with { Map = parsed.GetValue(map) },
                    parsed.GetValue(scenario)))
                : new LinkedDevice(at, tls.Read(parsed), Wait, stopping);
            if (at.Scheme == LinkScheme.InProcess && parsed.GetValue(wallClock))
                throw new FormatException("--wall-clock: a card in this process runs by simulated time.");
            if (at.Scheme != LinkScheme.InProcess
                && (parsed.GetValue(scenario) ?? parsed.GetValue(device) ?? parsed.GetValue(config) ?? parsed.GetValue(wave)
                    ?? parsed.GetValue(map)) is not null)
                throw new FormatException($"--scenario, --device, --device-config, --wave and --map are for inproc:; the device at {at} is as it "
                    + "was started.");

            var known = (parsed.GetValue(profile) ?? ProfileFile.ShippedFor(at)) is { } file ? ProfileFile.Load(file) : null;
            var asText = !parsed.GetValue(json);
            // The bench has a thread of its own; this one is the pool's.
            var executing = Task.Factory.StartNew(
                () => ConformanceSuite.Run(underTest, checks, options, asText ? result => Console.WriteLine(TextOf(result)) : null, stopping,
                    known),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            // Else each check says itself that it is done.
            var report = asText ? await executing : await LongWork.ShowAsync(executing, $"{at}", null);
            if (parsed.GetValue(junit) is { } path)
            {
                using var xml = File.Create(path);
                JunitReport.Write(report, xml);
            }
            Console.WriteLine(asText ? Summary(report) : JsonOutput.TextOf(ConformanceFigures.Of(report)));
            return report.Failed == 0 ? ExitStatus.Done : ExitStatus.Unexpected;
        });
        return command;
    }

    private static CardDesign CardOf(CardInstead instead, string? scenario)
    {
        var file = scenario is null ? ScenarioFile.Parse("", "no scenario") : ScenarioFile.Load(ScenarioCatalog.Find(scenario));
        return CardKinds.DesignOf(file, RunScenario.Read(file), instead);
    }

    private static string TextOf(CheckResult result)
    {
        var outcome = result.Outcome switch
        {
            CheckOutcome.Passed => "passed", CheckOutcome.Failed => "FAILED", CheckOutcome.Different => "differs", _ => "n/a",
        };
        var text = new StringBuilder($"{outcome,-7} {result.Check.Name,-26} ");
        if (result.Outcome == CheckOutcome.NotApplicable) return text.Append(result.Expectation).ToString();
        text.Append(CultureInfo.InvariantCulture, $"{result.Check.Rule} ({result.Check.Section})");
        if (result.Outcome == CheckOutcome.Different)
            text.Append(CultureInfo.InvariantCulture, $"\n        known: {result.Expectation}\n        because: {result.Context}");
        if (result.NotTried.Count > 0) text.Append(CultureInfo.InvariantCulture, $"\n        not tried: {string.Join("; ", result.NotTried)}");
        if (result.Outcome == CheckOutcome.Failed) text.Append(CultureInfo.InvariantCulture, $"\n  {result.Expectation}\n{result.Context}");
        return text.ToString();
    }

    private static string Summary(ConformanceReport report) => string.Create(CultureInfo.InvariantCulture,
        $"\n{report.Passed} passed, {report.Failed} failed, {(report.Different > 0 ? $"{report.Different} different as known, " : "")}"
            + $"{report.NotApplicable} not applicable, in {report.Elapsed.TotalSeconds:0.00} s: {report.Device} at {report.Place}");
}
