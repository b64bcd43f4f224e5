using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Pcie.DriverModel.Statistics;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.DriverModel.Report;

/// <summary>
/// What a run came to, whichever driver was under study; the record of a driver adds its own figures. Its JSON form, in snake case, is what
/// <c>emu run --json</c> prints; times are nanoseconds. Figures stand in it in the order in which a person asks for them, those of the driver among
/// the others.
/// </summary>
[JsonForm("run/3")]
public abstract record RunReport : JsonForm
{
    /// <summary>The <see cref="Pacing"/> of a run by the wall clock.</summary>
    public const string WallClock = "wall-clock";

    /// <summary>Among what is <see cref="Missing"/>: what the card counts.</summary>
    public const string CardCounters = "the card's counters";

    // Not of a run with one card.
    private const string CardsMember = "cards";

    /// <summary>Among what is <see cref="Missing"/>: the events of the card.</summary>
    public const string CardTrace = "the card's events in the trace";

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
    /// Digest of the traces of both sides; the same for the same scenario and seed over any link. Meaningless in wall-clock time. Empty if that
    /// of the card could not be had.
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
    public LagFigures Lag { get; init; } = new();

    [JsonPropertyOrder(4)]
    public HostFigures Host { get; init; } = new();

    /// <summary>The card's own counters by name; empty if they could not be had.</summary>
    [JsonPropertyOrder(4)]
    public IReadOnlyDictionary<string, ulong> Card { get; init; } = new SortedDictionary<string, ulong>(StringComparer.Ordinal);

    /// <summary>What was asked for and could not be had, by name.</summary>
    [JsonPropertyOrder(4)]
    public IReadOnlyList<string> Missing { get; init; } = [];

    [JsonPropertyOrder(4)]
    public ExpectFigures Expect { get; init; } = new();

    /// <summary>
    /// The records of the host's other cards, by name: each as a run reports that studies this one, what is of the machine included. None if the host
    /// has one card. In JSON they are the members of <c>cards</c>.
    /// </summary>
    [JsonIgnore]
    public IReadOnlyList<(string Name, RunReport Report)> Cards { get; init; } = [];

    /// <summary>What was due by the wall clock and was not made, in words, and the figure that counts it; null if nothing is.</summary>
    [JsonIgnore]
    public virtual (string Path, string Text)? Shortfall => null;

    /// <summary>Whether the card said what only it can tell. If not, the figures of it are null in JSON, and unknown in words.</summary>
    [JsonIgnore]
    public bool IsCardKnown => !Missing.Contains(CardCounters);

    [JsonIgnore]
    public bool IsByWallClock => Pacing == WallClock;

    /// <summary>A figure that rests on what the card says, in words.</summary>
    public string OfCard(long figure) => IsCardKnown ? figure.ToString("#,0", CultureInfo.InvariantCulture) : "unknown";

    /// <summary>The same with what it counts.</summary>
    public string OfCard(long figure, string one) => IsCardKnown ? Counted.Of(figure, one) : $"unknown {one}s";

    /// <summary>What a program ends with that ran this.</summary>
    [JsonIgnore]
    public int ExitStatus => Outcome switch
    {
        RunOutcome.Cancelled => Program.ExitStatus.Interrupted,
        RunOutcome.Unaccounted => Program.ExitStatus.Incomplete,
        _ when Expect.Passed && (Missing.Count > 0 || Expect.Excused.Count > 0
            || Cards.Any(card => card.Report.ExitStatus == Program.ExitStatus.Incomplete)) =>
            Program.ExitStatus.Incomplete,
        _ => Program.ExitStatus.Of(Expect.Passed),
    };

    /// <summary>Figures that rest on what the card says, by their dotted paths.</summary>
    protected virtual IEnumerable<string> FiguresOfCard =>
        ["digest", "interrupts.raised", "interrupts.sent", "interrupts.masked", "interrupts.collapsed", "lag.card_ns", "lag.card_waited_for_link_ns"];

    /// <summary>What was to be delivered and was not, or not whole: what one design is better than another by.</summary>
    public abstract long CountLost();

    /// <summary>What does not hold of a report that is not <see cref="Accounted"/>: the driver's equation, in words.</summary>
    public abstract string DescribeImbalance();

    /// <param name="losses">Whether it describes losses one by one.</param>
    public abstract DriverSummary Summarize(bool losses);

    /// <summary>The object, indented, as the programs print it.</summary>
    public string ToJsonText() => JsonOutput.TextOf(ToJson());

    public JsonObject ToJson()
    {
        var json = JsonOutput.ObjectOf(this);
        if (!IsCardKnown)
            foreach (var path in FiguresOfCard.Select(path => path.Split('.')))
                path[..^1].Aggregate(json, (inner, name) => inner[name]!.AsObject())[path[^1]] = null;
        if (Cards.Count > 0)
            json[CardsMember] = new JsonObject(Cards.Select(card => KeyValuePair.Create(card.Name, (JsonNode?)card.Report.ToJson())));
        return json;
    }

    /// <summary>Reads what <see cref="ToJson"/> wrote of a report of the same driver.</summary>
    /// <exception cref="JsonException">It is no such report.</exception>
    public static TReport FromJson<TReport>(string json) where TReport : RunReport => (TReport)FromJson(json, [typeof(TReport)]);

    /// <param name="types">Of the report, and of the records of other cards in their order: <c>ReportType</c> of each driver's design.</param>
    /// <inheritdoc cref="FromJson{TReport}"/>
    public static RunReport FromJson(string json, params IReadOnlyList<Type> types)
    {
        var node = JsonSerializer.Deserialize<JsonNode>(json, JsonOutput.Options);
        var cards = (node as JsonObject)?[CardsMember] as JsonObject ?? [];
        if (cards.Count != types.Count - 1) throw new JsonException($"The report has {cards.Count} other cards, and {types.Count - 1} are expected.");
        return Of(node, types[0]) with { Cards = [.. cards.Zip(types.Skip(1), (card, type) => (card.Key, Of(card.Value, type)))] };

        static RunReport Of(JsonNode? node, Type type)
        {
            RemoveNulls(node);
            return (RunReport?)node.Deserialize(type, JsonOutput.Options) ?? throw new JsonException("The report is null.");
        }
    }

    /// <summary>The JSON Schema of a type of report, to stand within another. What rests on the card's counters may be null.</summary>
    public static JsonObject SchemaOf(Type report)
    {
        var schema = JsonFormSchema.Inner(report);
        foreach (var path in ((RunReport)Activator.CreateInstance(report)!).FiguresOfCard)
        {
            var figure = path.Split('.').Aggregate(schema, (inner, name) => inner["properties"]![name]!.AsObject());
            figure["type"] = new JsonArray(figure["type"]!.DeepClone(), "null");
        }
        return schema;
    }

    // What is unknown is as if it were not there.
    private static void RemoveNulls(JsonNode? node)
    {
        if (node is not JsonObject json) return;
        foreach (var (name, value) in json.ToList())
            if (value is null) json.Remove(name);
            else RemoveNulls(value);
    }
}

/// <summary>How far either side fell behind the wall clock. This is of processes and their machine, and says nothing of driver or card.</summary>
public sealed record LagFigures
{
    /// <summary>From here on, times that a run by the wall clock measured are as much the lag as anything else.</summary>
    private const long Matters = 10_000_000;

    [Figure("By the wall clock, the longest that something of the host was overdue; 0 in simulated time.")]
    public long HostNs { get; init; }

    [Figure("The same of the card.")]
    public long CardNs { get; init; }

    [Figure("How long the card waited for the link by the wall clock, because the host took nothing.")]
    public long CardWaitedForLinkNs { get; init; }

    [Figure("Whether either fell behind by 10 ms or more: latencies of such a run are not the driver's, and no advice is to be built on them.")]
    public bool FellBehind => Math.Max(HostNs, CardNs) >= Matters;
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
    public long MaxPayloadBytes { get; init; }

    [Figure("Most bytes that the card was told to ask for at once.")]
    public long MaxReadRequestBytes { get; init; }

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

    /// <summary>What is not as expected, and not judged: by the wall clock this machine fell behind by more than half of the run.</summary>
    public IReadOnlyList<string> Excused { get; init; } = [];

    /// <summary>Figures of expectations that could not be judged: only the card could have told them, and could not be asked.</summary>
    public IReadOnlyList<string> Unknown { get; init; } = [];
}
