using System.Diagnostics;
using Pcie.Control;
using Pcie.Control.Wire;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Expectations;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Run;

/// <summary>
/// A run of the host over a link that is up: machine and driver under study built from the scenario, started, run for the scenario's time, and
/// accounted for.
/// </summary>
public sealed class HostRun
{
    // A device that has not started in this much time never will: its reads time out before.
    private static readonly Duration StartLimit = Duration.FromSeconds(60);

    // Wall-clock: how long the pipeline may take to empty after the source has stopped, and how long nothing may come before it is empty.
    // Both count only while the device answers.
    private static readonly Duration DrainLimit = Duration.FromSeconds(10);
    private static readonly Duration DrainQuiet = Duration.FromMilliseconds(250);

    // As long as the slowest of devices has to be left in order: CAP.TO of NVM Express says up to 127.5 s.
    private static readonly Duration StopLimit = Duration.FromSeconds(130);

    private readonly HostScenario scenario;
    private readonly IReadOnlyList<ILinkTransport> transports;
    private readonly Timeline timeline = new();
    private readonly ModelledKernel kernel;
    private readonly HostStar star;

    // The first is the device under study.
    private readonly HostedDevice[] devices;

    /// <param name="transport">To the host's only card.</param>
    /// <param name="output">Where the data that arrives goes; null for nowhere.</param>
    public HostRun(HostScenario scenario, ILinkTransport transport, Stream? output) : this(scenario, [transport], [output])
    {
    }

    /// <param name="transports">To each of the scenario's cards, in their order.</param>
    /// <param name="outputs">Where the data that arrives from each goes; null for nowhere.</param>
    public HostRun(HostScenario scenario, IReadOnlyList<ILinkTransport> transports, IReadOnlyList<Stream?> outputs)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(transports.Count, scenario.Cards.Count);
        (this.scenario, this.transports) = (scenario, transports);
        var run = scenario.Run;
        Tracers = [.. transports.Select(_ => new Tracer(timeline, TraceSide.Host))];
        kernel = new ModelledKernel(timeline, Tracer, scenario.Machine.Kernel, run.Seed);
        star = new HostStar(timeline, transports, new LinkSessionOptions(run.Pacing, run.LinkLatency, run.TimeScale), kernel);
        kernel.Halted += star.Stop;
        var ports = RootPort.ForAll(Tracers, [.. transports.Select(transport => transport.Memory)]);
        var roots = star.Sessions.Zip(ports, (session, port) => new RootComplex(kernel, session, run.CompletionTimeout, port)).ToList();
        foreach (var (session, root) in star.Sessions.Zip(roots)) session.Receiver = root;
        InterferenceOptions.StartAll(scenario.Machine.Interference, kernel, run.Seed);
        devices = [.. scenario.Cards.Select((card, i) =>
            new HostedDevice(card, scenario.Machine.Bus, kernel, star.Sessions[i], roots[i], outputs[i]))];
    }

    /// <summary>What the machine and the device under study do.</summary>
    public Tracer Tracer => Tracers[0];

    /// <summary>The same, and for each other card what befalls its data.</summary>
    public IReadOnlyList<Tracer> Tracers { get; }

    private HostedDevice Studied => devices[0];

    private bool IsByWallClock => scenario.Run.Pacing == Pacing.WallClock;

    /// <summary>How far the run has come; may be read from any thread, for progress.</summary>
    public SimTime Now => timeline.Now;

    /// <summary>Has somebody look at it while it runs, from another thread: between two events.</summary>
    /// <returns>False if it did not come to that in time: it waits for the card.</returns>
    public bool TryLook(Action look, TimeSpan patience) => star.TryLook(look, patience);

    /// <summary>What there is to see of it; for whoever <see cref="TryLook"/> has look, or when it is over.</summary>
    public DriverSnapshot TakeSnapshot()
    {
        var snapshot = Studied.TakeSnapshot(timeline.Now);
        snapshot.Counters["link.round-trips"] = star.RoundTrips;
        snapshot.Others.AddRange(devices.Skip(1).Select(device => device.TakeSnapshot(timeline.Now)));
        return snapshot;
    }

    /// <summary>Runs to the end, whichever it is; the link is closed afterwards.</summary>
    /// <param name="link">What the report says the link was.</param>
    /// <param name="askCard">
    /// Asked once when the run has ended and the card still is attached; null if it does not answer.
    /// </param>
    public RunReport Execute(string link, Func<CardStatistics?> askCard, CancellationToken cancellation) =>
        Execute([new RunLink(link, askCard)], cancellation);

    /// <summary>The same with several cards. It goes on without a card that is removed, as long as one is there.</summary>
    /// <param name="links">Of each card.</param>
    public RunReport Execute(IReadOnlyList<RunLink> links, CancellationToken cancellation)
    {
        var wall = Stopwatch.StartNew();
        var end = SimTime.Zero + scenario.Run.Duration;
        // Whoever looks from another thread waits for what is done outside of the engine, too.
        lock (star.EngineLock)
            foreach (var device in devices) device.Device.Start();
        star.Run(StartBy(end), () => Array.TrueForAll(devices, device => device.IsSettled), cancellation);
        // By the wall clock, how long that took is this machine's and its card's, and nothing that a scenario could know.
        if (IsByWallClock) end = timeline.Now + scenario.Run.Duration;
        if (Array.Exists(devices, device => device.Device.IsStarted)) star.Run(end, cancellation);
        var isToItsEnd = devices.Select((_, i) => !IsByWallClock || Drain(i, cancellation)).ToList();
        // The card may have run up to a latency past the bug check, or past what the host did last.
        if (kernel.BugCheck is { } bugCheck) end = bugCheck.At + scenario.Run.LinkLatency;
        else if (TryStopDevices(cancellation)) end = SimTime.Max(end, timeline.Now + scenario.Run.LinkLatency);
        if (!cancellation.IsCancellationRequested) star.End(end);
        var isWhole = Array.Exists(devices, device => device.IsWhole) && !cancellation.IsCancellationRequested;
        var simulated = SimTime.Max(timeline.Now, isWhole ? end : SimTime.Zero);
        var cards = devices.Select((device, i) => device.Session.Down is null ? links[i].AskCard() : null).ToList();
        foreach (var transport in transports) transport.Close(new LinkDown(LinkDownReason.Detached, "The run is over."));
        var ended = new RunEnd(scenario.Run, simulated, wall.Elapsed, DigestOf(cards), cancellation.IsCancellationRequested);
        return Report(ended, isToItsEnd, links, cards);
    }

    // When the devices must have started; by the wall clock a slow machine has as long for it, however slowly time passes.
    private SimTime StartBy(SimTime end) => IsByWallClock
        ? SimTime.Max(end, SimTime.Zero + new Duration((long)(StartLimit.Nanoseconds * scenario.Run.TimeScale)))
        : SimTime.Min(end, SimTime.Zero + StartLimit);

    // Those that must be left in order, one after the other.
    private bool TryStopDevices(CancellationToken cancellation)
    {
        var stopped = devices.Where(device => device.IsToBeStopped).ToList();
        if (stopped.Count == 0 || cancellation.IsCancellationRequested) return false;
        lock (star.EngineLock) stopped.ForEach(device => device.Device.Stop());
        star.Run(timeline.Now + StopLimit, () => stopped.TrueForAll(device => device.Device.IsStopped || device.Device.IsRemoved), cancellation);
        return true;
    }

    // By the wall clock what the source has produced must come through before the two ends can be compared; of several cards one after the other,
    // while the others go on. Returns whether a source that has an end came to it, if it was to.
    private bool Drain(int index, CancellationToken cancellation)
    {
        var (session, root, device, driver) = (devices[index].Session, devices[index].Root, devices[index].Device, devices[index].Driver);
        var transport = transports[index];
        if (!device.IsStarted || IsOver() || driver.ActivityRegister is not { } register) return true;
        DeviceWatch watch;
        lock (session.EngineLock) watch = new DeviceWatch(root, timeline, device.Resources.Bars[0].Address + register, driver.ActivityOf);
        var (lastProgress, progress, stoppedAt) = (timeline.Now, driver.Progress, timeline.Now);
        // A file is streamed to its end, unless a duration was asked for.
        var isToItsEnd = !scenario.IsOwnDuration || RunUntil(() => watch.Seen is { WillEnd: false });
        lock (session.EngineLock) driver.StopSource();
        stoppedAt = timeline.Now;
        RunUntil(IsSettled);
        lock (session.EngineLock) watch.Stop();
        return isToItsEnd;

        bool IsOver() => session.Down is not null || device.IsRemoved || kernel.BugCheck is not null || cancellation.IsCancellationRequested;

        // By sequence, not by silence: the device has said since that it sends no more, and what it had sent was ahead of that. If something is left
        // that nobody comes for, as a chunk whose message was lost, it stays: a while after the last progress the device answered, and nothing came.
        bool IsSettled()
        {
            if (watch.Seen is not { } seen || watch.SeenAsOf < stoppedAt || root.Requester.InFlight > 0 || !driver.IsDrained) return false;
            return seen is { HasMore: false } && driver.Untaken == 0 || watch.SeenAsOf - lastProgress > DrainQuiet;
        }

        bool RunUntil(Func<bool> isDone)
        {
            while (!IsOver())
            {
                var before = lastProgress;
                session.Run(timeline.Now + DrainLimit, IsDoneOrOver, cancellation);
                if (isDone()) return true;
                // Not while the connection is lost: what is overdue then comes when the session has come back.
                if (transport.IsConnected && lastProgress == before) return false;
            }
            return false;

            bool IsDoneOrOver()
            {
                if (driver.Progress != progress) (lastProgress, progress) = (timeline.Now, driver.Progress);
                return isDone() || IsOver();
            }
        }
    }

    private RunReport Report(RunEnd end, List<bool> isToItsEnd, IReadOnlyList<RunLink> links, List<CardStatistics?> cards)
    {
        var others = new List<(string Name, RunReport Report)>();
        foreach (var (device, i) in devices.Select((device, i) => (device, i)).Skip(1))
        {
            var record = device.Report(end, isToItsEnd[i], links[i].Name, cards[i]);
            others.Add((device.Name, record with { Expect = Judge.Of(record, [], isOwnDuration: true) }));
        }
        var report = Studied.Report(end, isToItsEnd[0], links[0].Name, cards[0]);
        report = report with
        {
            Events = kernel.EventCount + report.Events + others.Sum(other => other.Report.Events),
            RoundTrips = star.RoundTrips,
            Cards = others,
        };
        return report with { Expect = Judge.Of(report, scenario.Expectations, scenario.IsOwnDuration && !end.IsCancelled) };
    }

    // Of the machine with the device under study, and then of each other card both sides.
    private string DigestOf(List<CardStatistics?> cards)
    {
        if (cards.Contains(null)) return "";
        var sides = cards.Select((card, i) => TraceDigest.Combine(Tracers[i].Digest, card!.TraceDigest));
        return sides.Aggregate(TraceDigest.Combine).ToString("x16");
    }
}
