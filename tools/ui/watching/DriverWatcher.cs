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

    private static readonly TimeSpan BetweenVerdicts = TimeSpan.FromSeconds(5);

    private (long Lost, bool IsOver, DateTimeOffset At) explained = (-1, false, DateTimeOffset.MinValue);
    private Task explaining = Task.CompletedTask;

    public DriverWatcher(LinkUri uri, TlsCredentials? credentials) : base(uri, credentials) =>
        driver = new DriverControl.DriverControlClient(Channel);

    public History History { get; } = new();

    /// <summary>What <c>emu explain</c> says of the run so far; empty before it has been asked.</summary>
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
            History.Clear();
            (Verdict, explained) = ("", (-1, false, DateTimeOffset.MinValue));
        }
        var seconds = before is null ? 0 : (snapshot.SimulatedNs - before.SimulatedNs) / 1e9;
        if (!isAnew && seconds > 0) History.Add(PointOf(before!, snapshot, seconds));
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
        var pause = lost != explained.Lost || isOver != explained.IsOver ? BetweenVerdicts / 5 : BetweenVerdicts;
        if (now - explained.At < pause || (isOver && explained == (lost, isOver, explained.At))) return;
        explained = (lost, isOver, now);
        explaining = Task.Run(() => ExplainAsync(snapshot.SimulatedNs));
    }

    private async Task ExplainAsync(long simulatedNs)
    {
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
    }
}
