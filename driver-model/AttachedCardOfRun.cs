using Pcie.Control;
using Pcie.DriverModel.Run;
using Pcie.DriverModel.Study;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Trace;

namespace Pcie.DriverModel;

/// <summary>A card in a run of the program: what the host is attached to, and what the run writes of it. Disposing of it ends the session.</summary>
/// <param name="recorder">Takes down the session; null for nothing.</param>
/// <param name="output">Where the data that arrives goes; null for nowhere.</param>
/// <param name="trace">Where the trace goes; null for nowhere.</param>
internal sealed class AttachedCardOfRun(IAttachedCard attached, SessionWriter? recorder, FileStream? output, string? trace) : IDisposable
{
    private readonly TraceSpool? hostTrace = trace is null ? null : new TraceSpool();
    private TraceSpool? cardTrace;

    public ILinkTransport Transport { get; } = recorder is null ? attached.Transport : new RecordingTransport(attached.Transport, recorder);

    public Stream? Output => output;

    public RunLink Link => new(attached.Link, AskCard);

    /// <summary>Keeps what the host does with it, for the trace.</summary>
    public void Follow(Tracer tracer) => tracer.Sink = hostTrace;

    /// <summary>Writes the trace, if one is asked for.</summary>
    /// <returns>False if the card's side is missing.</returns>
    public bool WriteTrace(Tracer tracer)
    {
        if (hostTrace is null) return true;
        hostTrace.Sources = tracer.Sources;
        TraceOutput.Write(new MergedTrace(hostTrace, cardTrace), trace!);
        return cardTrace is not null;
    }

    public void Dispose()
    {
        hostTrace?.Dispose();
        cardTrace?.Dispose();
        output?.Dispose();
        recorder?.Dispose();
        attached.Dispose();
    }

    private CardStatistics? AskCard()
    {
        if (hostTrace is not null) cardTrace = attached.GetTrace();
        return attached.GetStatistics();
    }
}
