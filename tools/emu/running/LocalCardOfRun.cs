using Pcie.Control;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Link.Sessions;
using Pcie.Trace;

namespace Pcie.Emu.Running;

/// <summary>A card in a run of this process, and what the run writes of it.</summary>
internal sealed class LocalCardOfRun : IDisposable
{
    private readonly LocalCard local;
    private readonly SessionWriter? recorder;
    private readonly FileStream? output;
    private readonly string? traceFile;
    private readonly TraceSpool? hostTrace, cardTrace;

    /// <param name="recordFile">Where the session is recorded; null for nowhere.</param>
    /// <param name="recordPayload">Bytes of a payload that the recording keeps.</param>
    /// <param name="outputFile">Where the data that arrives goes; null for nowhere.</param>
    /// <param name="traceFile">Where the trace goes; null for nowhere.</param>
    public LocalCardOfRun(CardDesign design, HostScenario host, string? recordFile, int recordPayload, string? outputFile, string? traceFile)
    {
        var run = host.Run;
        local = new LocalCard(design, new LinkSessionOptions(run.Pacing, run.LinkLatency, run.TimeScale), run.CompletionTimeout);
        try
        {
            var identity = local.Card.Identity;
            recorder = recordFile is null ? null : SessionWriter.Create(
                recordFile, SessionRecording.HeadOf(host, (identity.Name, identity.VendorId, identity.DeviceId), recordPayload));
            output = outputFile is null ? null : File.Create(outputFile);
        }
        catch
        {
            Dispose();
            throw;
        }
        Transport = recorder is null ? local.HostEnd : new RecordingTransport(local.HostEnd, recorder);
        this.traceFile = traceFile;
        if (traceFile is not null) (hostTrace, cardTrace) = (new TraceSpool(), new TraceSpool());
    }

    public EmulatedCard Card => local.Card;

    public ILinkTransport Transport { get; }

    public Stream? Output => output;

    /// <summary>Keeps what either side says, for the trace.</summary>
    /// <param name="host">Is told what the host says besides; null for nobody.</param>
    /// <param name="card">Is told what the card says besides; null for nobody.</param>
    public void Follow(Tracer tracer, ITraceSink? host, ITraceSink? card) =>
        (tracer.Sink, Card.Tracer.Sink) = (TraceTee.Of(hostTrace, host), TraceTee.Of(card, cardTrace));

    /// <summary>Lets the card run.</summary>
    public void Start() => local.Start();

    public CardStatistics AskCard()
    {
        lock (Card.Session.EngineLock) return CardStatistics.Of(Card.GetStatistics());
    }

    /// <summary>Writes the trace, if one is asked for.</summary>
    public void WriteTrace(Tracer tracer)
    {
        if (hostTrace is null || cardTrace is null) return;
        (hostTrace.Sources, cardTrace.Sources) = (tracer.Sources, Card.Tracer.Sources);
        lock (Card.Session.EngineLock) TraceOutput.Write(new MergedTrace(hostTrace, cardTrace), traceFile!);
    }

    public void Dispose()
    {
        hostTrace?.Dispose();
        cardTrace?.Dispose();
        output?.Dispose();
        recorder?.Dispose();
        local.Dispose();
    }
}
