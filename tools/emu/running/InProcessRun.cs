using Pcie.Control;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Link.Sessions;
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
    private readonly DaqCardOptions card;
    private HostRun? run;

    /// <exception cref="ScenarioException">The scenario is refused.</exception>
    /// <exception cref="FormatException">Something that replaces a part of it is.</exception>
    public InProcessRun(RunRequest request) : this(request, ScenarioFile.Load(request.ScenarioPath))
    {
    }

    /// <param name="file">Instead of the request's, unread.</param>
    /// <inheritdoc cref="InProcessRun(RunRequest)"/>
    public InProcessRun(RunRequest request, ScenarioFile file)
    {
        this.request = request;
        host = HostScenario.Read(file).With(request.Seed, request.Duration);
        card = DaqCardOptions.Read(file, host.Run.Seed);
        if (request.SourceFile is { } source) card = card with { Source = SourceKind.File, Path = Path.GetFullPath(source) };
    }

    /// <summary>How much of the run is done, 0 to 1; from any thread.</summary>
    public double Progress => run is { } r ? Math.Min(1, (double)r.Now.Nanoseconds / host.Run.Duration.Nanoseconds) : 0;

    /// <summary>Of a run that was asked to explain itself: what happened around its overruns and longest waits.</summary>
    public TraceRecording? Flight { get; private set; }

    public RunReport Execute(CancellationToken cancellation)
    {
        var session = new LinkSessionOptions(host.Run.Pacing, host.Run.LinkLatency, host.Run.TimeScale);
        using var local = new LocalCard(CardDesign.Daq(card), session, host.Run.CompletionTimeout);
        if (request.RecordFile is not { } recordFile) return ExecuteOver(local.HostEnd, local, cancellation);
        var identity = local.Card.Identity;
        using var recorder = SessionWriter.Create(
            recordFile, SessionRecording.HeadOf(host, identity.Name, identity.VendorId, identity.DeviceId, request.RecordPayload));
        return ExecuteOver(new RecordingTransport(local.HostEnd, recorder), local, cancellation);
    }

    private RunReport ExecuteOver(ILinkTransport transport, LocalCard local, CancellationToken cancellation)
    {
        var emulated = local.Card;
        using var output = request.OutputFile is { } path ? File.Create(path) : null;
        run = new HostRun(host, transport, output);
        var recorder = request.Explains ? new FlightRecorder(run.Tracer.Sources) : null;
        // The card's side is for who keeps the recording. By the wall clock it has a thread of its own, and is left out.
        var follower = recorder is null || request.FlightFile is null || host.Run.Pacing == Pacing.WallClock ? null
            : new FlightFollower(recorder, TraceSide.Device, emulated.Tracer.Sources);
        using var hostTrace = request.TraceFile is null ? null : new TraceSpool();
        using var deviceTrace = request.TraceFile is null ? null : new TraceSpool();
        (run.Tracer.Ring, run.Tracer.Sink, emulated.Tracer.Sink) = (recorder, hostTrace, TraceTee.Of(follower, deviceTrace));
        local.Start();
        var report = run.Execute("inproc", AskCard, cancellation);
        if (recorder is not null) Flight = TraceRecording.Merge(recorder.ToRecording(), follower?.ToRecording() ?? new TraceRecording());
        if (hostTrace is null || deviceTrace is null) return report;
        (hostTrace.Sources, deviceTrace.Sources) = (run.Tracer.Sources, emulated.Tracer.Sources);
        lock (emulated.Session.EngineLock) TraceOutput.Write(new MergedTrace(hostTrace, deviceTrace), request.TraceFile!);
        return report;

        CardStatistics AskCard()
        {
            lock (emulated.Session.EngineLock)
                return CardStatistics.Of(emulated.GetStatistics());
        }
    }
}
