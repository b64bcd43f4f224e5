using System.Globalization;
using NLog;
using Pcie.Time;

namespace Pcie.DriverModel.Run;

/// <summary>
/// Says how far a run has come while it lasts, so that nobody takes it for dead: in the log now and then, or to who has started this program.
/// </summary>
public sealed class RunProgress : IDisposable
{
    /// <summary>How a line of standard output begins that says, to who has started this program, how much is done: 0 to 1 follows.</summary>
    public const string Beginning = "progress ";

    private static readonly Logger Log = LogManager.GetLogger("Pcie.DriverModel");
    private static readonly TimeSpan BetweenLogs = TimeSpan.FromSeconds(30), BetweenLines = TimeSpan.FromMilliseconds(500);

    private readonly Lock gate = new();
    private readonly Timer timer;
    private bool isOver;

    /// <param name="toStarter">Whether lines of standard output say it, often, rather than the log.</param>
    public RunProgress(HostRun run, Duration duration, bool toStarter)
    {
        var between = toStarter ? BetweenLines : BetweenLogs;
        timer = new Timer(_ => Say(), null, between, between);

        void Say()
        {
            lock (gate)
            {
                if (isOver) return;
                if (!toStarter) Log.Info("{0} of {1} simulated", run.Now - SimTime.Zero, duration);
                else Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{Beginning}{Math.Min(1, (run.Now - SimTime.Zero).Seconds / duration.Seconds):0.000000}"));
            }
        }
    }

    /// <summary>Nothing is said any more once it returns.</summary>
    public void Dispose()
    {
        timer.Dispose();
        lock (gate) isOver = true;
    }
}
