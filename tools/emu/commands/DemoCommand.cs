using System.CommandLine;
using System.Globalization;
using Pcie.Emu.Running;
using Pcie.Host.Run;
using Pcie.Time;
using Spectre.Console;

namespace Pcie.Emu.Commands;

/// <summary>
/// <c>emu demo</c>: the whole story in under a minute. A real file through two real processes; then a simulated day in which the DPC
/// comes too late, beside the same day with the design changed.
/// </summary>
internal sealed class DemoCommand
{
    // As the scenario "stream" has it: how long a file takes, and time to start.
    private const double StreamBytesPerSecond = 4e6;
    private const double StreamStartSeconds = 1;

    private readonly IAnsiConsole terminal = AnsiConsole.Console;
    private readonly CancellationToken stopping;
    private readonly string file;

    private DemoCommand(string file, CancellationToken stopping) => (this.file, this.stopping) = (file, stopping);

    public static Command Create(CancellationToken stopping)
    {
        var file = new Option<string?>("--file") { Description = "The file to stream, at 4 MB/s; a recording that ships with the program otherwise.", HelpName = "PATH" };
        var command = new Command("demo", "The whole story in under a minute: two processes, the failure, its cure.") { file };
        command.SetAction(async (parsed, _) =>
        {
            var sample = Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "samples")).First();
            return await new DemoCommand(RunCommand.Existing(parsed.GetValue(file)) ?? sample, stopping).RunAsync();
        });
        return command;
    }

    private async Task<int> RunAsync()
    {
        var streamed = await StreamAsync();
        var repeated = await RepeatAsync();
        var (bad, good) = await SimulateDayAsync();
        if ((bad.Failure ?? good.Failure) is { } failure)
        {
            Say(failure, good: false);
            return ExitStatus.Unexpected;
        }
        Compare(bad, good);
        return streamed && repeated && bad.Expect.Passed && good.Expect.Passed ? ExitStatus.Success : ExitStatus.Unexpected;
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
            var report = await TwoProcessRun.ExecuteAsync(request, (emulator, driver, uri) =>
            {
                Say($"emulator (process {emulator}) listens on {uri}; driver-model (process {driver}) attaches to it over gRPC.");
                Say($"{Path.GetFileName(file)}, {length:#,0} bytes: source -> DMA -> MSI -> ISR -> DPC -> cyclic buffer -> reader");
            }, stopping);
            var same = Same(file, copy);
            Say($"{report.Chunks.Produced:#,0} chunks, {report.Interrupts.Sent:#,0} MSIs, {report.Interrupts.Isr:#,0} ISRs, {report.Dpc.Runs:#,0} DPCs; "
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
        var two = await TwoProcessRun.ExecuteAsync(request with { Link = LinkKind.Grpc }, null, stopping);
        var same = one.Digest == two.Digest;
        Say($"20 s of simulated time, {one.Events:#,0} events: digests {one.Digest} and {two.Digest}{(same ? ", equal" : " DIFFER")}; "
            + $"{(double)two.RoundTrips / two.Chunks.Produced:0.0} round trips a chunk.", same);
        return same;
    }

    private async Task<(RunReport Bad, RunReport Good)> SimulateDayAsync()
    {
        Head("3", "A day in the life of the driver, simulated");
        Say("One DMA buffer, a chunk every 50 ms or more, other drivers' interrupts and DPCs; beside it the same day with a ring.");
        var bad = new InProcessRun(new RunRequest(ScenarioCatalog.Find("late-dpc"), LinkKind.Inproc));
        var good = new InProcessRun(new RunRequest(ScenarioCatalog.Find("late-dpc-ring"), LinkKind.Inproc));
        var (badDay, goodDay) = (InBackground(bad), InBackground(good));
        await ShowProgressAsync(Task.WhenAll(badDay, goodDay), ("one buffer", bad), ("ring", good));
        return (await badDay, await goodDay);
    }

    private void Compare(RunReport bad, RunReport good)
    {
        Say($"{new Duration(bad.SimulatedNs)} in {new Duration(bad.WallNs)}: {bad.Host.Interrupts:#,0} interrupts, {bad.Host.Dpcs:#,0} DPCs, every chunk accounted for.",
            bad.Accounted && good.Accounted);
        foreach (var o in bad.Overruns.Take(3))
            Say($"OVERRUN at {new SimTime(o.AtNs)}: chunk {o.Sequence:#,0} was overwritten before anybody had copied it. "
                + (o.IsrToDpcNs is { } late ? $"Its DPC was queued, and began {new Duration(late)} after the ISR." : ""), good: false);
        var table = new Table().Border(TableBorder.Rounded)
            .AddColumn("design").AddColumn(Right("produced")).AddColumn(Right("lost")).AddColumn(Right("ISR to DPC p50"))
            .AddColumn(Right("p99.9")).AddColumn(Right("max")).AddColumn("verdict");
        table.AddRow(Row("one DMA buffer", bad));
        table.AddRow(Row("a ring of DMA buffers", good));
        terminal.Write(table);
        Say("The DPC comes as late in both: that is the machine. Only the first design loses data by it.");
        terminal.WriteLine();
        terminal.MarkupLine("Next: [bold]emu scenarios[/] lists what else there is to see, [bold]emu run NAME[/] runs it, "
            + "[bold]emu run NAME --link grpc[/] in two processes.");
    }

    private static string[] Row(string design, RunReport r) =>
    [
        design, r.Chunks.Produced.ToString("#,0", CultureInfo.InvariantCulture),
        (r.Chunks.Overwritten + r.Chunks.Dropped).ToString("#,0", CultureInfo.InvariantCulture),
        new Duration(r.IsrToDpcNs.P50).ToString(), new Duration(r.IsrToDpcNs.P999).ToString(), new Duration(r.IsrToDpcNs.Max).ToString(),
        r.Chunks.Overwritten > 0 ? "[red]loses data[/]" : "[green]loses nothing[/]",
    ];

    private static TableColumn Right(string title) => new TableColumn(title).RightAligned();

    private Task<RunReport> InBackground(InProcessRun run) => Task.Factory.StartNew(
        () => run.Execute(stopping), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private async Task ShowProgressAsync(Task running, params (string Name, InProcessRun Run)[] runs)
    {
        if (!terminal.Profile.Capabilities.Interactive || Console.IsOutputRedirected)
        {
            await running;
            return;
        }
        await terminal.Progress().AutoClear(true).StartAsync(async context =>
        {
            var tasks = runs.Select(r => (r.Run, Task: context.AddTask(r.Name))).ToList();
            while (await Task.WhenAny(running, Task.Delay(100)) != running)
                foreach (var (run, task) in tasks) task.Value = run.Progress * 100;
        });
        await running;
    }

    private void Head(string number, string text)
    {
        terminal.WriteLine();
        terminal.MarkupLineInterpolated($"[bold blue]{number}. {text}[/]");
    }

    private void Say(string text, bool? good = null) => terminal.MarkupLineInterpolated(good switch
    {
        true => (FormattableString)$"   [green]{text}[/]",
        false => $"   [red]{text}[/]",
        _ => $"   {text}",
    });

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
