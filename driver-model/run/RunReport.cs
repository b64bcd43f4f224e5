using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Pcie.DriverModel.Run;

/// <summary>
/// What a run came to. Its JSON form, in snake case, is what <c>emu run --json</c> prints; times are nanoseconds.
/// </summary>
public sealed record RunReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.Strict,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>A report of nothing: tells which figures there are.</summary>
    public static readonly RunReport Empty = new();

    public string Scenario { get; init; } = "";
    public string Title { get; init; } = "";
    public ulong Seed { get; init; }
    public string Link { get; init; } = "";
    public string Pacing { get; init; } = "";

    /// <summary>
    /// How the run ended: "completed", "device-removed", "dpc-watchdog-violation", "not-started", "unaccounted" or "cancelled".
    /// </summary>
    public string Outcome { get; init; } = "";

    /// <summary>Why, for a person, if it was not completed.</summary>
    public string? Failure { get; init; }

    public long SimulatedNs { get; init; }
    public long WallNs { get; init; }

    /// <summary>Interrupts, DPCs, ticks and chunks.</summary>
    public long Events { get; init; }

    /// <summary>Times that the host waited for the device; 0 in wall-clock time.</summary>
    public long RoundTrips { get; init; }

    /// <summary>
    /// Digest of the traces of both sides; the same for the same scenario and seed over any link. Meaningless in wall-clock time.
    /// </summary>
    public string Digest { get; init; } = "";

    public ChunkFigures Chunks { get; init; } = new();

    /// <summary>Whether produced = delivered + overwritten + dropped + abandoned + in_flight, each counted on its own.</summary>
    public bool Accounted { get; init; }

    public InterruptFigures Interrupts { get; init; } = new();
    public DpcFigures Dpc { get; init; } = new();

    /// <summary>
    /// Where interrupts fell together or waited on their way from the card's causes to the DPC, in the order in which they come there: by point and
    /// cause, vector or message, such as <c>cause-bit.DATA_READY</c> or <c>apic.message-0</c>. What is not there is zero.
    /// </summary>
    public IReadOnlyDictionary<string, long> Collapse { get; init; } = new Dictionary<string, long>();

    /// <summary>Register reads in ISRs.</summary>
    public long IsrRegisterReads { get; init; }

    /// <summary>From the end of the ISR that queued the DPC to the DPC's start.</summary>
    public LatencyFigures IsrToDpcNs { get; init; } = new();

    /// <summary>The same as a histogram: ten entries a decade.</summary>
    public IReadOnlyList<HistogramFigures> IsrToDpcHistogram { get; init; } = [];

    /// <summary>From a chunk's arrival in host memory to the end of its copying.</summary>
    public LatencyFigures ArrivalToCopyNs { get; init; } = new();

    /// <summary>The first overruns, at most 10 000 of them; chunks.overwritten has them all.</summary>
    public IReadOnlyList<OverrunFigures> Overruns { get; init; } = [];

    public DataFigures Data { get; init; } = new();
    public DriverFigures Driver { get; init; } = new();
    public HostFigures Host { get; init; } = new();

    /// <summary>The card's own counters by name; empty if they could not be had.</summary>
    public IReadOnlyDictionary<string, ulong> Card { get; init; } = new SortedDictionary<string, ulong>(StringComparer.Ordinal);

    public ExpectFigures Expect { get; init; } = new();

    /// <summary>The object, indented, as the programs print it.</summary>
    public string ToJsonText() => JsonSerializer.Serialize(this, Json);

    public JsonObject ToJson() => JsonSerializer.SerializeToNode(this, Json)!.AsObject();

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">It is no report.</exception>
    public static RunReport FromJson(string json) =>
        JsonSerializer.Deserialize<RunReport>(json, Json) ?? throw new JsonException("The report is null.");
}

/// <summary>Every chunk that the source produced is in exactly one of delivered, overwritten, dropped, abandoned, in_flight.</summary>
public sealed record ChunkFigures
{
    public long Produced { get; init; }

    /// <summary>Taken by the reader.</summary>
    public long Delivered { get; init; }

    /// <summary>Destroyed in host memory before the driver had copied them.</summary>
    public long Overwritten { get; init; }

    /// <summary>Dropped by the card, or refused by a full cyclic buffer.</summary>
    public long Dropped { get; init; }

    /// <summary>In the DMA buffer, uncopied, when the driver gave it up to start the card anew.</summary>
    public long Abandoned { get; init; }

    /// <summary>In the card, on the link, in the DMA buffer or in the cyclic buffer when the run ended.</summary>
    public long InFlight { get; init; }

    /// <summary>Of the delivered ones, those with a wrong checksum.</summary>
    public long Corrupt { get; init; }

    /// <summary>Of the delivered ones, those whose number is not above that of the one before: delivered twice, or out of order.</summary>
    public long OutOfOrder { get; init; }

    /// <summary>Numbers left out between those of delivered ones.</summary>
    public long Missing { get; init; }
}

/// <summary>The device's interrupts, from the event in the card to the ISR.</summary>
public sealed record InterruptFigures
{
    /// <summary>Causes raised in the card.</summary>
    public long Raised { get; init; }

    /// <summary>MSI messages sent.</summary>
    public long Sent { get; init; }

    /// <summary>Raises held back by an enable or a mask.</summary>
    public long Masked { get; init; }

    /// <summary>Raises and messages that fell together with one before: in the card and in local APICs.</summary>
    public long Collapsed { get; init; }

    /// <summary>Of these, in local APICs: the vector was requested already.</summary>
    public long CollapsedInApic { get; init; }

    /// <summary>ISR runs.</summary>
    public long Isr { get; init; }
}

/// <summary>The device's DPCs.</summary>
public sealed record DpcFigures
{
    /// <summary>Requests that queued one (TRUE).</summary>
    public long Queued { get; init; }

    /// <summary>Requests that found it queued (FALSE).</summary>
    public long Coalesced { get; init; }

    public long Runs { get; init; }
}

/// <summary>A distribution of durations in nanoseconds.</summary>
public sealed record LatencyFigures
{
    public long P50 { get; init; }
    public long P99 { get; init; }
    public long P999 { get; init; }
    public long Max { get; init; }
}

/// <summary>A chunk that was destroyed before it had been copied.</summary>
public sealed record OverrunFigures
{
    public long Sequence { get; init; }
    public long AtNs { get; init; }

    /// <summary>Delay of the DPC that should have copied it; null if none came.</summary>
    public long? IsrToDpcNs { get; init; }
}

/// <summary>How many values were up to so long, and longer than the entry before.</summary>
public sealed record HistogramFigures
{
    public long UpToNs { get; init; }
    public long Count { get; init; }
}

/// <summary>The payload, end to end.</summary>
public sealed record DataFigures
{
    /// <summary>Bytes that the reader took.</summary>
    public long Bytes { get; init; }

    /// <summary>SHA-256 of what the source produced; null if not kept.</summary>
    public string? SourceSha256 { get; init; }

    /// <summary>SHA-256 of what the reader took; null if not kept.</summary>
    public string? DeliveredSha256 { get; init; }

    /// <summary>Whether both are there and equal.</summary>
    public bool HashEqual { get; init; }
}

/// <summary>What the driver counted.</summary>
public sealed record DriverFigures
{
    public long EmptyDpcs { get; init; }
    public long TornCopiesDiscarded { get; init; }

    /// <summary>Reads of the cause register that gave all-ones, upon which the driver looked whether the device is there.</summary>
    public long FailedCauseReads { get; init; }

    /// <summary>Times that the watchdog found chunks for which no interrupt had come.</summary>
    public long LostInterrupts { get; init; }

    /// <summary>Whether the driver had given the device up, and it had not been started again, when the run ended.</summary>
    public bool DeviceFailed { get; init; }

    /// <summary>Times that the framework started the device again after the driver had given it up.</summary>
    public long DeviceRestarts { get; init; }

    public long Resynchronisations { get; init; }
    public long OverrunsReported { get; init; }
    public long ErrorsReported { get; init; }
    public long UnclaimedInterrupts { get; init; }

    /// <summary>The most chunks that were in the cyclic buffer at once.</summary>
    public long CyclicBufferHighWater { get; init; }
}

/// <summary>What the host counted apart from the driver: other drivers' share, and everything refused.</summary>
public sealed record HostFigures
{
    public long Interrupts { get; init; }
    public long Dpcs { get; init; }
    public long Ticks { get; init; }
    public long MessagesGranted { get; init; }

    /// <summary>Most bytes in a packet that the device was told to send.</summary>
    public long MaxPayloadSize { get; init; }

    /// <summary>Most bytes that the device was told to ask for at once.</summary>
    public long MaxReadRequestSize { get; init; }
    public long FailedReads { get; init; }
    public long TimedOutReads { get; init; }
    public long UnexpectedCompletions { get; init; }
    public long UndecodedRequests { get; init; }
    public long BadMessages { get; init; }
    public long RefusedRequests { get; init; }
    public long SpuriousInterrupts { get; init; }

    /// <summary>Limits of the DPC watchdog that were passed; at most one if the machine halts of it.</summary>
    public long DpcWatchdogViolations { get; init; }
    public long TlpsDiscarded { get; init; }
}

/// <summary>The scenario's expectations.</summary>
public sealed record ExpectFigures
{
    public bool Passed { get; init; }
    public IReadOnlyList<string> Failures { get; init; } = [];

    /// <summary>Expectations that were not judged: they hold for the scenario's own duration, and this run had another.</summary>
    public long Skipped { get; init; }
}
