using Pcie.DriverModel.Daq.Report;
using Pcie.Emu.Running;
using Pcie.Link;
using Pcie.Scenario;
using Pcie.Time;
using Pcie.Ui;
using Pcie.Ui.Guarding;
using Pcie.Ui.Watching;

namespace Pcie.Emu.Commands;

/// <summary>The day of <c>emu demo</c> in two processes, on a page in a browser, before the story is told.</summary>
internal static class WatchedDay
{
    /// <param name="story">What comes after it.</param>
    /// <returns>What the story returns.</returns>
    public static async Task<int> ShowAsync(Func<Task<int>> story, CancellationToken stopping)
    {
        var socket = Path.Combine(Path.GetTempPath(), $"emu-{Environment.ProcessId}-{Path.GetRandomFileName()}.sock");
        var request = new RunRequest(ScenarioCatalog.Find("late-dpc"), LinkKind.Shm) { Listen = $"shm:{socket}", Control = FreeAddress.OnLoopback() };
        await using var targets = UiTargets.Follow([LinkUri.Parse(request.Listen)], LinkUri.Parse(request.Control));
        await using var page = await UiServer.StartAsync(new UiOptions(LinkUri.Parse("http://127.0.0.1:0")), targets, stopping);
        Console.WriteLine($"page at {page.Address}/");
        if (!Console.IsInputRedirected)
        {
            Console.WriteLine("Open it in a browser, and press Enter: a day of the driver begins, in which a DPC comes too late at 13:41.");
            Console.ReadLine();
        }
        var report = (DaqReport)await TwoProcessRun.ExecuteAsync(request, null, stopping);
        stopping.ThrowIfCancellationRequested();
        Console.WriteLine($"The day is over, in {new Duration(report.WallNs)}: {report.Chunks.Overwritten} of {report.Chunks.Produced:#,0} chunks "
            + $"overwritten, the longest wait {new Duration(report.IsrToDpcNs.Max)}.");
        var status = await story();
        Console.WriteLine($"The page stays at {page.Address}/ until Ctrl-C.");
        await Task.Delay(Timeout.Infinite, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return status;
    }
}
