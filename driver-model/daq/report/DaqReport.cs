using System.Text.Json.Serialization;
using Pcie.DriverModel.Report;
using Pcie.Time;

namespace Pcie.DriverModel.Daq.Report;

/// <summary>What the driver of the data-acquisition card adds to the report of a run: chunks and data, from the source to the reader.</summary>
public sealed record DaqReport : RunReport
{
    private const int MaxListed = 5;

    [JsonPropertyOrder(1)]
    public DesignFigures Design { get; init; } = new();

    [JsonPropertyOrder(1)]
    public ChunkFigures Chunks { get; init; } = new();

    [Figure("from a chunk's arrival in host memory to the end of its copying")]
    [JsonPropertyOrder(3)]
    public LatencyFigures ArrivalToCopyNs { get; init; } = new();

    /// <summary>The first overruns, at most 10 000 of them; chunks.overwritten has them all.</summary>
    [JsonPropertyOrder(3)]
    public IReadOnlyList<OverrunFigures> Overruns { get; init; } = [];

    [JsonPropertyOrder(3)]
    public DataFigures Data { get; init; } = new();

    [JsonPropertyOrder(3)]
    public DriverFigures Driver { get; init; } = new();

    /// <summary>Chunks that never reached the reader, or not whole.</summary>
    public override long CountLost() => Chunks.Overwritten + Chunks.Dropped + Chunks.Abandoned + Math.Max(Chunks.Corrupt, Chunks.Torn);

    public override string DescribeImbalance() => "produced is not delivered + overwritten + dropped + abandoned + in_flight";

    public override DriverSummary Summarize(bool losses) => new(
        OfCard(Chunks.Produced, "chunk"), [.. Account()], [.. Delays(losses ? MaxListed : 0)],
        Driver.DeviceFailed ? [.. Reactions(), "gave the device up"] : [.. Reactions()]);

    /// <inheritdoc/>
    [JsonIgnore]
    public override (string Path, string Text)? Shortfall => Chunks.NotProduced == 0 ? null
        : ("chunks.not_produced", $"{DescribeDue()}. A slower source, a quieter machine or a smaller time-scale leaves more time for each chunk");

    /// <inheritdoc/>
    protected override IEnumerable<string> FiguresOfCard =>
    [
        .. base.FiguresOfCard, "chunks.due", "chunks.produced", "chunks.not_produced", "chunks.dropped", "chunks.in_flight",
        "data.source_bytes_left", "data.hash_equal",
    ];

    private string DescribeDue() => $"{Chunks.Due:#,0} chunks were due = {Chunks.Produced:#,0} produced + {Chunks.NotProduced:#,0} not produced: "
        + $"the card's process fell up to {new Duration(Lag.CardNs)} behind the wall clock"
        + (Lag.CardWaitedForLinkNs > 0 ? $", and waited {new Duration(Lag.CardWaitedForLinkNs)} for the link" : "");

    private IEnumerable<SummaryLine> Account()
    {
        if (Chunks.NotProduced > 0) yield return new("NOT ALL", DescribeDue());
        yield return new("chunks", $"{OfCard(Chunks.Produced)} produced = {Chunks.Delivered:#,0} delivered + {Chunks.Overwritten:#,0} overwritten + "
            + $"{OfCard(Chunks.Dropped)} dropped + {(Chunks.Abandoned == 0 ? "" : $"{Chunks.Abandoned:#,0} abandoned + ")}"
            + $"{OfCard(Chunks.InFlight)} in flight{(Accounted ? "" : "   NOT ACCOUNTED FOR")}");
        if (Chunks.Corrupt > 0) yield return new("", $"{Chunks.Corrupt:#,0} of the delivered ones corrupt");
        if (Data.SourceSha256 is not null)
            yield return new("data", $"{Data.Bytes:#,0} bytes, SHA-256 at the card and at the reader "
                + $"{(Data.HashEqual ? "equal" : "DIFFERENT")}: {Data.DeliveredSha256}");
        else if (!IsCardKnown && Data.DeliveredSha256 is not null)
            yield return new("data", $"{Data.Bytes:#,0} bytes, SHA-256 at the card unknown, at the reader {Data.DeliveredSha256}");
        if (Data.SourceBytesLeft > 0) yield return new("", $"the run ended before the source did: {Data.SourceBytesLeft:#,0} bytes of it are left");
    }

    private IEnumerable<SummaryLine> Delays(int listed)
    {
        yield return new("to copy", ArrivalToCopyNs.Max == 0 && Chunks.Delivered == 0 ? "none was copied" : ArrivalToCopyNs.ToString());
        foreach (var o in Overruns.Take(listed))
            yield return new("OVERRUN", $"chunk {o.Sequence:#,0} at {new SimTime(o.AtNs)}, before it was copied; "
                + (o.IsrToDpcNs is { } late ? $"its DPC began {new Duration(late)} after the ISR" : "no DPC came for it"));
        if (listed > 0 && Chunks.Overwritten > listed) yield return new("", $"and {Chunks.Overwritten - listed:#,0} more");
    }

    private IEnumerable<string> Reactions() => RunSummary.Counted(
        (Driver.FailedCauseReads, "ISRs without a cause register"),
        (Driver.UnclaimedInterrupts, "interrupts not claimed"),
        (Driver.LostInterrupts, "interrupts missed"),
        (Chunks.Corrupt, "chunks corrupt"),
        (Driver.OverrunsReported, "overruns reported"),
        (Driver.ErrorsReported, "errors reported"),
        (Driver.DeviceRestarts, "restarts of the device"));
}

/// <summary>How card and driver re-arm, as the scenario names it: what may have become of an interrupt depends on it.</summary>
public sealed record DesignFigures
{
    public string RearmPolicy { get; init; } = "";
    public string LastLook { get; init; } = "";
    public string Drain { get; init; } = "";

    [Figure("Raises that share a message: moderation-count.")]
    public long ModerationCount { get; init; }

    [Figure("After which the message goes at the latest: moderation-time; 0 for no limit.")]
    public long ModerationNs { get; init; }
}

/// <summary>Every chunk that the source produced is in exactly one of delivered, overwritten, dropped, abandoned, in_flight.</summary>
public sealed record ChunkFigures
{
    [Figure("Chunks that the source produced.")]
    public long Produced { get; init; }

    [Figure("Chunks that were due by the wall clock and that the card's process did not get to, the machine or the link being too slow; 0 in "
        + "simulated time. A run by the wall clock with any has failed, unless its scenario expects something of this figure.")]
    public long NotProduced { get; init; }

    [Figure("Chunks that were due: produced + not_produced.")]
    public long Due => Produced + NotProduced;

    [Figure("Chunks that the reader took.")]
    public long Delivered { get; init; }

    [Figure("Chunks destroyed in host memory before the driver had copied them.")]
    public long Overwritten { get; init; }

    [Figure("Chunks dropped by the card or refused by a full cyclic buffer.")]
    public long Dropped { get; init; }

    [Figure("Of the dropped ones: copied by the driver, and refused by a full cyclic buffer.")]
    public long Refused { get; init; }

    [Figure("In the DMA buffer, uncopied, when the driver gave it up to start the card anew.")]
    public long Abandoned { get; init; }

    [Figure("Chunks still on their way when the run ended.")]
    public long InFlight { get; init; }

    [Figure("Delivered chunks with a wrong checksum.")]
    public long Corrupt { get; init; }

    [Figure("Chunks destroyed while the driver copied them, which it kept all the same.")]
    public long Torn { get; init; }

    [Figure("Delivered chunks whose number is not above the one before.")]
    public long OutOfOrder { get; init; }

    [Figure("Numbers left out between those of delivered chunks.")]
    public long Missing { get; init; }
}

/// <summary>A chunk that was destroyed before it had been copied.</summary>
public sealed record OverrunFigures
{
    public long Sequence { get; init; }
    public long AtNs { get; init; }

    /// <summary>Delay of the DPC that should have copied it; null if none came.</summary>
    public long? IsrToDpcNs { get; init; }
}

/// <summary>The payload, end to end.</summary>
public sealed record DataFigures
{
    [Figure("Payload bytes that the reader took.")]
    public long Bytes { get; init; }

    [Figure("Bytes of the source that have not become a chunk; 0 if it has no end. By the wall clock a source that has an end is streamed to it, "
        + "unless --duration is given.")]
    public long SourceBytesLeft { get; init; }

    /// <summary>SHA-256 of what the source produced; null if not kept.</summary>
    public string? SourceSha256 { get; init; }

    /// <summary>SHA-256 of what the reader took; null if not kept.</summary>
    public string? DeliveredSha256 { get; init; }

    [Figure("Whether the card's SHA-256 and the reader's are both kept, and equal.")]
    public bool HashEqual { get; init; }
}

/// <summary>What the driver counted.</summary>
public sealed record DriverFigures
{
    [Figure("DPC runs that had nothing to copy.")]
    public long EmptyDpcs { get; init; }

    [Figure("Copies thrown away because the chunk changed underneath.")]
    public long TornCopiesDiscarded { get; init; }

    [Figure("Reads of the cause register that gave all-ones, upon which the driver looked whether the device is there.")]
    public long FailedCauseReads { get; init; }

    [Figure("Times that the watchdog found chunks for which no interrupt had come.")]
    public long LostInterrupts { get; init; }

    [Figure("Whether the driver had given the device up, and it had not been started again, when the run ended.")]
    public bool DeviceFailed { get; init; }

    [Figure("Times that the framework started the device again after the driver had given it up.")]
    public long DeviceRestarts { get; init; }

    [Figure("Times that the card had gone round the ring past the driver.")]
    public long Resynchronisations { get; init; }

    [Figure("ISRs that found OVERRUN set.")]
    public long OverrunsReported { get; init; }

    [Figure("ISRs that found an error cause set.")]
    public long ErrorsReported { get; init; }

    [Figure("ISRs that found no cause set.")]
    public long UnclaimedInterrupts { get; init; }

    [Figure("The most chunks that were in the cyclic buffer at once.")]
    public long CyclicBufferHighWater { get; init; }
}
