using Pcie.Control;
using Pcie.Control.Wire;
using Pcie.DriverModel.Daq.Report;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Statistics;
using Pcie.DriverModel.Study;
using Pcie.Scenario;

namespace Pcie.DriverModel.Daq;

/// <summary>
/// The driver of the data-acquisition card in a run, and the account of its chunks: produced and dropped as the card counts them, overwritten and
/// abandoned by the ledger, refused by the cyclic buffer, delivered by the reader, and what is in flight where it lies.
/// </summary>
internal sealed class DaqUnderStudy(DaqDriver driver, DaqDriverOptions options) : IDriverUnderStudy
{
    public FunctionDriver Driver => driver;

    public long Progress => driver.Pipeline is { } pipeline ? pipeline.Ledger.Arrived + pipeline.Reader.Delivered : 0;

    public bool IsDrained => driver.Pipeline is not { CyclicBuffer.Count: > 0 };

    public long Untaken => driver.Pipeline?.Ledger.Waiting ?? 0;

    public uint? ActivityRegister => DaqRegister.DmaStatus;

    public DeviceActivity ActivityOf(uint value) => new(
        (value & (DaqRegister.DmaBusy | DaqRegister.DmaHolding | DaqRegister.SourceRunning)) != 0,
        (value & (DaqRegister.SourceFinite | DaqRegister.SourceEnded)) == DaqRegister.SourceFinite);

    public RingState? Ring => driver.Pipeline is { } pipeline ? RingStates.Of(pipeline) : null;

    public LatencyHistogram? ArrivalToCopy => driver.Pipeline?.Ledger.ArrivalToCopy;

    public IEnumerable<KeyValuePair<string, long>> Counters =>
    [
        new("empty-dpcs", driver.Counters.EmptyDpcs),
        new("errors-reported", driver.Counters.ErrorsReported),
        new("failed-cause-reads", driver.Counters.FailedCauseReads),
        new("lost-interrupts", driver.Counters.LostInterrupts),
        new("overruns-reported", driver.Counters.OverrunsReported),
        new("resynchronisations", driver.Counters.Resynchronisations),
        new("torn-copies-discarded", driver.Counters.TornCopiesDiscarded),
    ];

    public void StopSource() => driver.StopSource();

    public string? MissingFrom(CardStatistics? card) => card is null ? "The card's counters could not be had"
        : card.Account is { Chunks: not null, Interrupts: not null } ? null : "The card does not say what became of its chunks and interrupts";

    public RunReport Report(WdfDevice device, CardStatistics? card)
    {
        var counters = driver.Counters;
        var report = new DaqReport
        {
            IsrRegisterReads = device.IsrRegisterReads,
            Design = new DesignFigures
            {
                RearmPolicy = ScenarioTable.NameOf(options.RearmPolicy), LastLook = ScenarioTable.NameOf(options.LastLook),
                Drain = ScenarioTable.NameOf(options.Drain), ModerationCount = options.ModerationCount,
                ModerationNs = options.ModerationTime.Nanoseconds,
            },
        };
        if (driver.Pipeline is not { } pipeline) return report;
        var (ledger, reader, buffer) = (pipeline.Ledger, pipeline.Reader, pipeline.CyclicBuffer);
        var ofCard = card?.Account?.Chunks;
        var onTheWire = ofCard is null ? 0 : (long)ofCard.Written - ledger.Arrived;
        var chunks = new ChunkFigures
        {
            Produced = (long)(ofCard?.Produced ?? 0),
            NotProduced = (long)(ofCard?.NotProduced ?? 0),
            Delivered = reader.Delivered,
            Overwritten = ledger.Overwritten,
            Dropped = (long)(ofCard?.Dropped ?? 0) + buffer.Refused,
            Refused = buffer.Refused,
            Abandoned = ledger.Abandoned,
            InFlight = (long)(ofCard?.InCard ?? 0) + onTheWire + ledger.Waiting + buffer.Count,
            Corrupt = reader.Corrupt,
            Torn = ledger.TornCopies,
            OutOfOrder = reader.OutOfOrder,
            Missing = reader.Missing,
        };
        var (sourceHash, deliveredHash) = (card?.SourceSha256, reader.Sha256());
        return report with
        {
            Events = chunks.Produced,
            Chunks = chunks,
            Accounted = ofCard is not null && onTheWire >= 0
                && chunks.Produced == chunks.Delivered + chunks.Overwritten + chunks.Dropped + chunks.Abandoned + chunks.InFlight,
            ArrivalToCopyNs = LatencyFigures.Of(ledger.ArrivalToCopy),
            Overruns = [.. ledger.Overruns.Select(o => new OverrunFigures
            {
                Sequence = o.Sequence,
                AtNs = o.At.Nanoseconds,
                IsrToDpcNs = o.IsrToDpc?.Nanoseconds,
            })],
            Data = new DataFigures
            {
                Bytes = reader.Bytes,
                SourceBytesLeft = (long)(ofCard?.SourceBytesLeft ?? 0),
                SourceSha256 = sourceHash is { Length: > 0 } ? Convert.ToHexStringLower(sourceHash) : null,
                DeliveredSha256 = deliveredHash is null ? null : Convert.ToHexStringLower(deliveredHash),
                HashEqual = sourceHash is { Length: > 0 } && deliveredHash is not null
                    && sourceHash.AsSpan().SequenceEqual(deliveredHash),
            },
            Driver = new DriverFigures
            {
                EmptyDpcs = counters.EmptyDpcs,
                TornCopiesDiscarded = counters.TornCopiesDiscarded,
                FailedCauseReads = counters.FailedCauseReads,
                LostInterrupts = counters.LostInterrupts,
                DeviceFailed = device.IsFailed,
                DeviceRestarts = device.Restarts,
                Resynchronisations = counters.Resynchronisations,
                OverrunsReported = counters.OverrunsReported,
                ErrorsReported = counters.ErrorsReported,
                UnclaimedInterrupts = device.UnclaimedInterrupts,
                CyclicBufferHighWater = buffer.HighWater,
            },
        };
    }
}
