using System.CommandLine;
using System.Diagnostics;
using Pcie.Diagnosis.Report;
using Pcie.Diagnosis.Verdicts;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Report;
using Pcie.Emu.Running;
using Pcie.Emu.WhatIf;
using Pcie.Program;
using Pcie.Scenario;
using Pcie.Tables;
using Pcie.Time;
using Spectre.Console;

namespace Pcie.Emu.Commands;

/// <summary>
/// <c>emu demo</c>: the whole story in half a minute, which it times. A real file through two real processes; then a simulated day, until the DPC
/// has come too late, what ran in between, and which change of the design removes it.
/// </summary>
internal sealed class DemoCommand
{
    // As the scenario "stream" has it: how long a file takes, and time to start.
    private const double StreamBytesPerSecond = 4e6;
    private const double StreamStartSeconds = 1;

    private const int PipeWidth = 200;

    // Of all days about one in nine has the failure in its first three hours, this one at 02:44; the scenario's own has it at 13:41.
    private const ulong Day = 1;
    private const string PartOfDay = "3h";

    // One that does not help, one that costs nothing, and one that needs another driver.
    private static readonly DesignChange[] Changes =
    [
        DesignChange.Of("high importance", DesignNeeds.DriverSetting, "driver.dpc-importance=high"),
        DesignChange.Of("interrupts and DPC on CPU 2", DesignNeeds.DriverSetting, "driver.interrupt-processor=2"),
        DesignChange.Of("a ring of 4 slots", DesignNeeds.DriverCode, "driver.buffering=ring", "driver.ring-slots=4"),
    ];

    private readonly IAnsiConsole terminal = AnsiConsole.Console;
    private readonly CancellationToken stopping;
    private readonly string file, folder;
    private TimeSpan? toFirstResult;

    private DemoCommand(string file, string folder, CancellationToken stopping)
    {
        (this.file, this.folder, this.stopping) = (file, folder, stopping);
        // A pipe has no width; what reads it should not get lines broken in the middle.
        if (Console.IsOutputRedirected) terminal.Profile.Width = PipeWidth;
    }

    public static Command Create(CancellationToken stopping)
    {
        var file = new Option<string?>("--file")
        {
            Description = "The file to stream, at 4 MB/s; a recording that ships with the program otherwise.", HelpName = "PATH",
        };
        var folder = new Option<string>("--report")
        {
            Description = "Where the report goes.", HelpName = "DIR", DefaultValueFactory = _ => "demo-report",
        }
            .AcceptWritableFoldersOnly();
        var ui = new Option<bool>("--ui") { Description = "Show a day on a page in a browser while it is simulated, first; the page stays." };
        var command = new Command("demo", "The whole story in half a minute: two processes, the failure, its cause, its cure.")
        {
            file, folder, ui,
        };
        command.SetAction(async (parsed, _) =>
        {
            var sample = Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "samples")).First();
            var demo = new DemoCommand(RunCommand.Existing(parsed.GetValue(file)) ?? sample, parsed.GetRequiredValue(folder), stopping);
            return parsed.GetValue(ui) ? await WatchedDay.ShowAsync(demo.RunAsync, stopping) : await demo.RunAsync();
        });
        return command;
    }

    private async Task<int> RunAsync()
    {
        // What comes last is not to be what fails.
        Directory.CreateDirectory(folder);
        var streamed = await StreamAsync();
        var repeated = await RepeatAsync();
        var cured = await SimulateDayAsync();
        Say($"Told in {Rounded(SinceStart)}, the first result after {Rounded(toFirstResult ?? SinceStart)}: from the start of emu, which was built.");
        terminal.WriteLine();
        terminal.MarkupLine("Next: [bold]emu scenarios[/] lists what else there is to see, [bold]emu run NAME[/] runs it, "
            + "[bold]emu whatif NAME[/] looks for its cure, [bold]emu explain FILE[/] does the same for a recording of a real machine.");
        return streamed && repeated && cured ? ExitStatus.Done : ExitStatus.Unexpected;
    }

    private async Task<bool> StreamAsync()
    {
        Head("1", "Two processes, one real file");
        var copy = Path.GetTempFileName();
        try
        {
            var length = new FileInfo(file).Length;
            var milliseconds = (long)(1000 * (StreamStartSeconds + length / StreamBytesPerSecond));
            var request = new RunRequest(ScenarioCatalog.Find("stream"), LinkKind.Grpc)
            {
                SourceFile = file, OutputFile = copy, Duration = $"{milliseconds}ms",
            };
            var report = (DaqReport)await TwoProcessRun.ExecuteAsync(request, (emulator, driver, uri) =>
            {
                Say($"emulator (process {emulator}) listens on {uri}; driver-model (process {driver}) attaches to it over gRPC.");
                Say($"{Path.GetFileName(file)}, {length:#,0} bytes: source -> DMA -> MSI -> ISR -> DPC -> cyclic buffer -> reader");
            }, stopping);
            stopping.ThrowIfCancellationRequested();
            var same = Same(file, copy);
            Say($"{Counted.Of(report.Chunks.Produced, "chunk")}, {Counted.Of(report.Interrupts.Sent, "MSI")}, "
                + $"{Counted.Of(report.Interrupts.Isr, "ISR")}, {Counted.Of(report.Dpc.Runs, "DPC")}; "
                + $"the copy is {(same ? "the same, byte for byte" : "NOT THE SAME")}.", same);
            foreach (var failure in report.Expect.Failures) Say(failure, good: false);
            return same && report.Expect.Passed;
        }
        finally
        {
            File.Delete(copy);
        }
    }

    private async Task<bool> RepeatAsync()
    {
        Head("2", "The same run twice: in one process, and in two over gRPC");
        var request = new RunRequest(ScenarioCatalog.Find("late-dpc"), LinkKind.Inproc) { Duration = "20s" };
        var one = await InBackground(new InProcessRun(request));
        var two = (DaqReport)await TwoProcessRun.ExecuteAsync(request with { Link = LinkKind.Grpc }, null, stopping);
        stopping.ThrowIfCancellationRequested();
        var same = one.Digest == two.Digest;
        Say($"20 s of simulated time, {one.Events:#,0} events: digests {one.Digest} and {two.Digest}{(same ? ", equal" : " DIFFER")}; "
            + $"{(double)two.RoundTrips / two.Chunks.Produced:0.0} round trips a chunk.", same);
        return same;
    }

    private async Task<bool> SimulateDayAsync()
    {
        Head("3", "A day in the life of the driver, simulated, and the same hours with the design changed");
        Say("One DMA buffer, a chunk every 50 ms or more, other drivers' interrupts and DPCs; the failure comes about once a day. Of a day in which "
            + $"it comes early (seed {Day}) the first 3 hours; emu run late-dpc has all of another.");
        var request = new RunRequest(ScenarioCatalog.Find("late-dpc"), LinkKind.Inproc) { Duration = PartOfDay, Seed = Day };
        var run = new WhatIfRun(request, seeds: 1, Changes);
        var running = Task.Factory.StartNew(() => run.Execute(stopping), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var comparison = await LongWork.ShowAsync(running, run.Task, () => run.Progress);
        var (report, flight) = run.First!.Value;
        Say($"{new Duration(report.SimulatedNs)} in {new Duration(report.WallNs)}: {report.Host.Interrupts:#,0} "
            + $"interrupts, {report.Host.Dpcs:#,0} DPCs, every chunk accounted for.", report.Accounted);
        Text(ExplanationText.OfRun(ExplainedRun.Of(report, flight)));
        Text(ComparisonText.Table(comparison));
        terminal.WriteLine();
        Say(ComparisonText.Conclusion(comparison), comparison.Cheapest is not null);
        Say("These hours were chosen for their loss: how often it comes, emu whatif late-dpc says in half a minute, by making what is rare occur "
            + "often.");
        var content = ExplainedRun.ToReport(report, flight, comparison) with { Origin = ReportOption.Origin(null) };
        Say($"With pictures: {ReportPage.Write(content, folder)}");
        return report.Accounted && comparison.Cheapest is not null;
    }

    // Tables as they are, not broken into lines.
    private void Text(string text)
    {
        terminal.WriteLine();
        foreach (var line in text.Trim('\n').Split('\n')) Console.WriteLine($"   {line}");
    }

    private Task<RunReport> InBackground(InProcessRun run) => Task.Factory.StartNew(
        () => run.Execute(stopping), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Head(string number, string text)
    {
        terminal.WriteLine();
        terminal.MarkupLineInterpolated($"[bold blue]{number}. {text}[/]");
    }

    private static TimeSpan SinceStart => DateTime.Now - Process.GetCurrentProcess().StartTime;

    private static Duration Rounded(TimeSpan time) => Duration.FromMilliseconds((long)(10 * time.TotalSeconds) * 100);

    private void Say(string text, bool? good = null)
    {
        if (good is not null) toFirstResult ??= SinceStart;
        terminal.MarkupLineInterpolated(good switch
        {
            true => (FormattableString)$"   [green]{text}[/]",
            false => $"   [red]{text}[/]",
            _ => $"   {text}",
        });
    }

    private static bool Same(string a, string b)
    {
        using var left = File.OpenRead(a);
        using var right = File.OpenRead(b);
        if (left.Length != right.Length) return false;
        var (mine, other) = (new byte[1 << 16], new byte[1 << 16]);
        while (true)
        {
            var count = left.ReadAtLeast(mine, mine.Length, throwOnEndOfStream: false);
            right.ReadExactly(other.AsSpan(0, count));
            if (!mine.AsSpan(0, count).SequenceEqual(other.AsSpan(0, count))) return false;
            if (count < mine.Length) return true;
        }
    }
}
