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

    /// <param name="index">The card's place among the host's, from 0.</param>
    /// <param name="request">What is written of each card.</param>
    public LocalCardOfRun(CardDesign design, HostScenario host, int index, RunRequest request)
    {
        var run = host.Run;
        local = new LocalCard(design, new LinkSessionOptions(run.Pacing, run.LinkLatency, run.TimeScale), run.CompletionTimeout);
        try
        {
            var identity = local.Card.Identity;
            var head = SessionRecording.HeadOf(host, (identity.Name, identity.VendorId, identity.DeviceId), request.RecordPayload);
            recorder = CardFile.Of(request.RecordFile, host, index) is { } file ? SessionWriter.Create(file, head, request.RecordLimit) : null;
            output = CardFile.Of(request.OutputFile, host, index) is { } path ? File.Create(path) : null;
        }
        catch
        {
            Dispose();
            throw;
        }
        Transport = recorder is null ? local.HostEnd : new RecordingTransport(local.HostEnd, recorder);
        traceFile = CardFile.Of(request.TraceFile, host, index);
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
