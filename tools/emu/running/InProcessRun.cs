using Pcie.Attach;
using Pcie.DriverModel;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Recording;
using Pcie.Scenario;
using Pcie.Time;
using Pcie.Trace;
using Pcie.Trace.Flight;

namespace Pcie.Emu.Running;

/// <summary>A run with card and driver in this process: on one thread when free-running, on a thread each by the wall clock.</summary>
public sealed class InProcessRun
{
    private readonly RunRequest request;
    private readonly HostScenario host;
    private readonly IReadOnlyList<CardDesign> cards;
    private HostRun? run;

    /// <exception cref="ScenarioException">The scenario is refused.</exception>
    /// <exception cref="FormatException">Something that replaces a part of it is.</exception>
    /// <exception cref="ArgumentException">Card and driver are to be joined by another link: that run has two processes.</exception>
    public InProcessRun(RunRequest request) : this(request, request.LoadScenario())
    {
    }

    /// <param name="file">Instead of the request's, unread.</param>
    /// <param name="change">What is to be different of the host's side of it; null for nothing.</param>
    /// <inheritdoc cref="InProcessRun(RunRequest)"/>
    public InProcessRun(RunRequest request, ScenarioFile file, Func<HostScenario, HostScenario>? change = null)
    {
        if (request.Link != LinkKind.Inproc)
            throw new ArgumentException($"A run in one process has no link {request.Link}; expected {LinkKind.Inproc}.", nameof(request));
        this.request = request;
        (host, cards) = ScenarioOfRun.Read(request, file, change);
    }

    /// <summary>How much of the run is done, 0 to 1; from any thread.</summary>
    public double Progress => run is { } r ? Math.Min(1, (double)r.Now.Nanoseconds / host.Run.Duration.Nanoseconds) : 0;

    /// <summary>Makes what sees every event of a side, of a run that is free-running; null for nothing.</summary>
    internal Func<Tracer, TraceSide, ITraceSink>? Watch { get; set; }

    /// <summary>Of a run that was asked to explain itself: what happened around its overruns and longest waits.</summary>
    public TraceRecording? Flight { get; private set; }

    public RunReport Execute(CancellationToken cancellation)
    {
        if (request.Card is { } uri) return ExecuteAttached(uri, cancellation);
        var parts = new List<LocalCardOfRun>();
        try
        {
            for (var i = 0; i < cards.Count; i++)
                parts.Add(new LocalCardOfRun(cards[i], host, i, request));
            return ExecuteWith(parts, cancellation);
        }
        finally
        {
            parts.ForEach(part => part.Dispose());
        }
    }

    // The card is somebody else's: only this side of the run can be traced.
    private RunReport ExecuteAttached(LinkUri uri, CancellationToken cancellation)
    {
        if (cards.Count > 1)
            throw new FormatException(
                $"--card {uri}: the scenario has {cards.Count} cards; expected one, or driver-model with a --card for each.");
        var options = new ConnectOptions(SessionRecording.HostName, host.Run.Pacing, host.Run.LinkLatency)
        {
            Wait = TimeSpan.FromSeconds(5), TimeScale = host.Run.TimeScale,
        };
        var device = HostAttachment.AttachAsync(uri, options, twoThreads: false, cancellation).GetAwaiter().GetResult();
        using var attached = new LinkedCard(device, uri, null, options.GracePeriod);
        using var recording = request.RecordFile is { } file
            ? SessionWriter.Create(file, SessionRecording.HeadOf(host, attached.Identity, request.RecordPayload), request.RecordLimit) : null;
        using var output = request.OutputFile is { } path ? File.Create(path) : null;
        run = new HostRun(host, recording is null ? attached.Transport : new RecordingTransport(attached.Transport, recording), output);
        var recorder = request.Explains ? new FlightRecorder(run.Tracer.Sources) : null;
        run.Tracer.Ring = recorder;
        var report = run.Execute(attached.Link, attached.GetStatistics, cancellation);
        Flight = recorder?.ToRecording();
        return report;
    }

    private RunReport ExecuteWith(List<LocalCardOfRun> parts, CancellationToken cancellation)
    {
        run = new HostRun(host, [.. parts.Select(part => part.Transport)], [.. parts.Select(part => part.Output)]);
        var studied = parts[0].Card;
        var recorder = request.Explains ? new FlightRecorder(run.Tracer.Sources) : null;
        // The card's side is for who keeps the recording. By the wall clock it has a thread of its own, and is left out.
        var follower = recorder is null || request.FlightFile is null || host.Run.Pacing == Pacing.WallClock ? null
            : new FlightFollower(recorder, TraceSide.Device, studied.Tracer.Sources);
        run.Tracer.Ring = recorder;
        parts[0].Follow(run.Tracer, Watch?.Invoke(run.Tracer, TraceSide.Host),
            TraceTee.Of(follower, Watch?.Invoke(studied.Tracer, TraceSide.Device)));
        foreach (var (part, tracer) in parts.Zip(run.Tracers).Skip(1)) part.Follow(tracer, null, null);
        parts.ForEach(part => part.Start());
        var report = run.Execute([.. parts.Select(part => new RunLink("inproc", part.AskCard))], cancellation);
        if (recorder is not null) Flight = TraceRecording.Merge(recorder.ToRecording(), follower?.ToRecording() ?? new TraceRecording());
        foreach (var (part, tracer) in parts.Zip(run.Tracers)) part.WriteTrace(tracer);
        return report;
    }
}
