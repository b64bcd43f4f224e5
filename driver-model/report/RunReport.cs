using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pcie.DriverModel.Statistics;
using Pcie.Time;

namespace Pcie.DriverModel.Report;

/// <summary>
/// What a run came to, whichever driver was under study; the record of a driver adds its own figures. Its JSON form, in snake case, is what
/// <c>emu run --json</c> prints; times are nanoseconds. Figures stand in it in the order in which a person asks for them, those of the driver among
/// the others.
/// </summary>
public abstract record RunReport
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        NumberHandling = JsonNumberHandling.Strict,
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.KebabCaseLower, allowIntegerValues: false) },
    };

    public string Scenario { get; init; } = "";
    public string Title { get; init; } = "";

    [Figure("Seed of the run.")]
    public ulong Seed { get; init; }

    public string Link { get; init; } = "";
    public string Pacing { get; init; } = "";

    public RunOutcome Outcome { get; init; }

    /// <summary>Why it ended so, for a person, if it was not completed.</summary>
    public string? Failure { get; init; }

    [Figure("Simulated time.")]
    public long SimulatedNs { get; init; }

    [Figure("Time the run took on the wall clock.")]
    public long WallNs { get; init; }

    [Figure("Interrupts, DPCs, ticks, and what the driver counts besides, such as chunks.")]
    public long Events { get; init; }

    [Figure("Times that the host waited for the device; 0 by the wall clock.")]
    public long RoundTrips { get; init; }

    /// <summary>
    /// Digest of the traces of both sides; the same for the same scenario and seed over any link. Meaningless in wall-clock time.
    /// </summary>
    public string Digest { get; init; } = "";

    [Figure("Whether the driver's account comes out, each term counted on its own: of chunks, produced = delivered + overwritten + dropped + "
        + "abandoned + in_flight. A run without it has failed anyway.")]
    [JsonPropertyOrder(2)]
    public bool Accounted { get; init; }

    [JsonPropertyOrder(2)]
    public InterruptFigures Interrupts { get; init; } = new();

    [JsonPropertyOrder(2)]
    public DpcFigures Dpc { get; init; } = new();

    /// <summary>
    /// Where interrupts fell together or waited on their way from the card's causes to the DPC, in the order in which they come there: by point and
    /// cause, vector or message, such as <c>cause-bit.DATA_READY</c> or <c>apic.message-0</c>. What is not there is zero.
    /// </summary>
    [JsonPropertyOrder(2)]
    public IReadOnlyDictionary<string, long> Collapse { get; init; } = new Dictionary<string, long>();

    [Figure("Register reads in our ISRs.")]
    [JsonPropertyOrder(2)]
    public long IsrRegisterReads { get; init; }

    [Figure("from the end of the ISR that queued the DPC to the DPC's start")]
    [JsonPropertyOrder(2)]
    public LatencyFigures IsrToDpcNs { get; init; } = new();

    /// <summary>The same as a histogram: ten entries a decade.</summary>
    [JsonPropertyOrder(2)]
    public IReadOnlyList<HistogramFigures> IsrToDpcHistogram { get; init; } = [];

    [JsonPropertyOrder(4)]
    public HostFigures Host { get; init; } = new();

    /// <summary>The card's own counters by name; empty if they could not be had.</summary>
    [JsonPropertyOrder(4)]
    public IReadOnlyDictionary<string, ulong> Card { get; init; } = new SortedDictionary<string, ulong>(StringComparer.Ordinal);

    [JsonPropertyOrder(4)]
    public ExpectFigures Expect { get; init; } = new();

    /// <summary>What was to be delivered and was not, or not whole: what one design is better than another by.</summary>
    public abstract long CountLost();

    /// <summary>What does not hold of a report that is not <see cref="Accounted"/>: the driver's equation, in words.</summary>
    public abstract string DescribeImbalance();

    /// <param name="losses">Whether it describes losses one by one.</param>
    public abstract DriverSummary Summarize(bool losses);

    /// <summary>The object, indented, as the programs print it.</summary>
    public string ToJsonText() => JsonSerializer.Serialize(this, GetType(), Json);

    public JsonObject ToJson() => JsonSerializer.SerializeToNode(this, GetType(), Json)!.AsObject();

    /// <summary>Reads what <see cref="ToJson"/> wrote of a report of the same driver.</summary>
    /// <exception cref="JsonException">It is no such report.</exception>
    public static TReport FromJson<TReport>(string json) where TReport : RunReport =>
        JsonSerializer.Deserialize<TReport>(json, Json) ?? throw new JsonException("The report is null.");
}

/// <summary>The device's interrupts, from the event in the card to the ISR.</summary>
public sealed record InterruptFigures
{
    [Figure("Causes raised in the card.")]
    public long Raised { get; init; }

    [Figure("MSI messages sent.")]
    public long Sent { get; init; }

    [Figure("Raises held back by an enable or a mask.")]
    public long Masked { get; init; }

    [Figure("Raises and messages that fell together with one before, in the card and in local APICs.")]
    public long Collapsed { get; init; }

    [Figure("Of these, in local APICs.")]
    public long CollapsedInApic { get; init; }

    [Figure("ISR runs.")]
    public long Isr { get; init; }
}

/// <summary>The device's DPCs.</summary>
public sealed record DpcFigures
{
    [Figure("Requests that queued our DPC (TRUE).")]
    public long Queued { get; init; }

    [Figure("Requests that found it queued (FALSE).")]
    public long Coalesced { get; init; }

    [Figure("Runs of our DPC.")]
    public long Runs { get; init; }
}

/// <summary>A distribution of durations in nanoseconds.</summary>
public sealed record LatencyFigures
{
    [Figure("Median time {0}.")]
    public long P50 { get; init; }

    [Figure("99th percentile of the time {0}.")]
    public long P99 { get; init; }

    [Figure("99.9th percentile of the time {0}.")]
    public long P999 { get; init; }

    [Figure("Longest time {0}.")]
    public long Max { get; init; }

    public static LatencyFigures Of(LatencyHistogram histogram) => new()
    {
        P50 = histogram.Percentile(50).Nanoseconds,
        P99 = histogram.Percentile(99).Nanoseconds,
        P999 = histogram.Percentile(99.9).Nanoseconds,
        Max = histogram.Max.Nanoseconds,
    };

    public override string ToString() =>
        $"p50 {new Duration(P50)}, p99 {new Duration(P99)}, p99.9 {new Duration(P999)}, max {new Duration(Max)}";
}

/// <summary>How many values were up to so long, and longer than the entry before.</summary>
public sealed record HistogramFigures
{
    public long UpToNs { get; init; }
    public long Count { get; init; }
}

/// <summary>What the host counted apart from the driver: other drivers' share, and everything refused.</summary>
public sealed record HostFigures
{
    [Figure("Interrupts taken by the machine's processors.")]
    public long Interrupts { get; init; }

    [Figure("DPCs run, ours included.")]
    public long Dpcs { get; init; }

    [Figure("Clock interrupts.")]
    public long Ticks { get; init; }

    [Figure("MSI messages granted to the card.")]
    public long MessagesGranted { get; init; }

    [Figure("Most bytes in a packet that the card was told to send.")]
    public long MaxPayloadSize { get; init; }

    [Figure("Most bytes that the card was told to ask for at once.")]
    public long MaxReadRequestSize { get; init; }

    [Figure("MSI messages that reached a local APIC.")]
    public long Messages { get; init; }

    [Figure("Reads of the device that gave all-ones.")]
    public long FailedReads { get; init; }

    [Figure("Reads without an answer in time.")]
    public long TimedOutReads { get; init; }

    [Figure("Completions that nobody waited for.")]
    public long UnexpectedCompletions { get; init; }

    [Figure("Requests of the device to addresses that are no memory.")]
    public long UndecodedRequests { get; init; }

    [Figure("MSI messages with data or address that decode to nothing.")]
    public long BadMessages { get; init; }

    [Figure("Requests of the device that the root complex refused.")]
    public long RefusedRequests { get; init; }

    [Figure("Messages to a vector that nothing is connected to.")]
    public long SpuriousInterrupts { get; init; }

    [Figure("Limits of the DPC watchdog that were passed. A run that a bug check ends has failed, unless the scenario expects something of "
        + "this figure.")]
    public long DpcWatchdogViolations { get; init; }

    [Figure("TLPs that could not be sent because the link was down.")]
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
