using System.Diagnostics;
using Grpc.Core;
using Pcie.Control.Wire;
using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Verdicts;
using Pcie.Link;
using Pcie.Link.Grpc;
using Pcie.Trace;

namespace Pcie.Ui.Watching;

/// <summary>Follows a driver, and has its waits explained.</summary>
public sealed class DriverWatcher : Watcher<DriverDescription, DriverSnapshot>
{
    private readonly DriverControl.DriverControlClient driver;

    // To ask takes the driver's time, and to explain this program's: both grow with what was lost, and get a fifth of the time at the most.
    private const int Share = 5;

    private static readonly TimeSpan BetweenVerdicts = TimeSpan.FromSeconds(5), AfterALoss = TimeSpan.FromSeconds(1);

    private readonly List<History> histories = [];
    private (long Lost, bool IsOver, DateTimeOffset At) explained = (-1, false, DateTimeOffset.MinValue);
    private Task explaining = Task.CompletedTask;
    private TimeSpan took;

    public DriverWatcher(LinkUri uri, TlsCredentials? credentials) : base(uri, credentials) =>
        driver = new DriverControl.DriverControlClient(Channel);

    /// <summary>What happened to the driver of a card of this host's, over the run.</summary>
    /// <param name="place">Which card's, from 0.</param>
    public History HistoryOf(int place)
    {
        lock (histories)
        {
            while (histories.Count <= place) histories.Add(new History());
            return histories[place];
        }
    }

    /// <summary>What a snapshot has of a card's driver; null if it has nothing.</summary>
    /// <param name="place">Which card's, from 0.</param>
    public static DriverSnapshot? Of(DriverSnapshot? run, int place) =>
        place == 0 ? run : place <= run?.Others.Count ? run.Others[place - 1] : null;

    /// <summary>What <c>emu explain</c> says of the run so far, which is about the first card; empty before it has been asked.</summary>
    public string Verdict { get; private set; } = "";

    /// <summary>The simulated time that <see cref="Verdict"/> is of.</summary>
    public long VerdictNs { get; private set; }

    protected override async Task<DriverDescription> DescribeAsync(CancellationToken cancellation) =>
        await driver.DescribeAsync(new DescribeDriverRequest(), deadline: Deadline, cancellationToken: cancellation);

    protected override AsyncServerStreamingCall<DriverSnapshot> Follow(CancellationToken cancellation) =>
        driver.Watch(new WatchDriverRequest(), cancellationToken: cancellation);

    protected override void Take(DriverSnapshot? before, DriverSnapshot snapshot)
    {
        var isAnew = before is null || before.Run != snapshot.Run || snapshot.Number <= before.Number;
        if (isAnew)
        {
            for (var place = 0; place <= snapshot.Others.Count; place++) HistoryOf(place).Clear();
            (Verdict, explained) = ("", (-1, false, DateTimeOffset.MinValue));
        }
        var seconds = before is null ? 0 : (snapshot.SimulatedNs - before.SimulatedNs) / 1e9;
        for (var place = 0; !isAnew && seconds > 0 && place <= snapshot.Others.Count; place++)
            if (Of(before, place) is { } then) HistoryOf(place).Add(PointOf(then, Of(snapshot, place)!, seconds));
        Explain(snapshot);
    }

    private static HistoryPoint PointOf(DriverSnapshot before, DriverSnapshot now, double seconds)
    {
        var waits = Waits.Between(before.IsrToDpc, now.IsrToDpc);
        var (ring, then) = (now.Ring, before.Ring);
        return new HistoryPoint(now.SimulatedNs / 1e9, waits.Longest, waits.Median,
            (Isrs(now) - Isrs(before)) / seconds, (Dpcs(now) - Dpcs(before)) / seconds,
            ring is null || then is null ? null : (ring.Delivered - then.Delivered) / seconds,
            ring is null || then is null ? 0 : ring.Overwritten - then.Overwritten);

        static long Isrs(DriverSnapshot snapshot) => snapshot.Interrupts.Sum(one => one.Isrs);

        static long Dpcs(DriverSnapshot snapshot) => snapshot.Interrupts.Sum(one => one.Runs);
    }

    // At once when something was lost, at the end, and now and then.
    private void Explain(DriverSnapshot snapshot)
    {
        if (!explaining.IsCompleted || snapshot.IsrToDpc is not { Count: > 0 } || snapshot.IsWaitingForCard) return;
        var (lost, isOver, now) = (snapshot.Ring?.Overwritten ?? 0, snapshot.State != RunStates.Running, DateTimeOffset.UtcNow);
        if (isOver && explained == (lost, isOver, explained.At)) return;
        var pause = lost != explained.Lost || isOver ? AfterALoss : BetweenVerdicts;
        if (now - explained.At < (isOver || pause > Share * took ? pause : Share * took)) return;
        explained = (lost, isOver, now);
        explaining = Task.Run(() => ExplainAsync(snapshot.SimulatedNs));
    }

    private async Task ExplainAsync(long simulatedNs)
    {
        var since = Stopwatch.GetTimestamp();
        try
        {
            using var file = new MemoryStream();
            using (var call = driver.GetFlight(new FlightRequest(), deadline: Deadline))
                while (await call.ResponseStream.MoveNext(CancellationToken.None)) call.ResponseStream.Current.Bytes.WriteTo(file);
            file.Position = 0;
            var options = new AttributionOptions { Worst = Explanation.Worst };
            Verdict = ExplanationText.OfRun(Explanation.OfTrace(Description?.Scenario ?? "", TraceFile.Read(file), options));
            VerdictNs = simulatedNs;
        }
        catch (Exception e) when (e is RpcException or InvalidDataException)
        {
            // The one before stays; whether the driver is there, the stream of snapshots tells.
        }
        took = Stopwatch.GetElapsedTime(since);
    }
}
