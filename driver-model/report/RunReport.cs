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
    public ulong Seed { get; init; }
    public string Link { get; init; } = "";
    public string Pacing { get; init; } = "";

    public RunOutcome Outcome { get; init; }

    /// <summary>Why it ended so, for a person, if it was not completed.</summary>
    public string? Failure { get; init; }

    public long SimulatedNs { get; init; }
    public long WallNs { get; init; }

    /// <summary>Interrupts, DPCs, ticks, and what the driver's report counts besides, such as chunks.</summary>
    public long Events { get; init; }

    /// <summary>Times that the host waited for the device; 0 in wall-clock time.</summary>
    public long RoundTrips { get; init; }

    /// <summary>
    /// Digest of the traces of both sides; the same for the same scenario and seed over any link. Meaningless in wall-clock time.
    /// </summary>
    public string Digest { get; init; } = "";

    /// <summary>Whether the sums of the driver's account came out, every term counted on its own.</summary>
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

    /// <summary>Register reads in ISRs.</summary>
    [JsonPropertyOrder(2)]
    public long IsrRegisterReads { get; init; }

    /// <summary>From the end of the ISR that queued the DPC to the DPC's start.</summary>
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
