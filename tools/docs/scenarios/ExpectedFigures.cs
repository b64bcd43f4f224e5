using Pcie.DriverModel.Run;

namespace Pcie.Docs.Scenarios;

/// <summary>What <c>[expect]</c> can say something of.</summary>
internal static class ExpectedFigures
{
    public const string Sentence = "What must come out. A key is a figure of the report by its dotted path, in quotation marks; a value is "
        + "a comparison. Times may have a unit.";

    private static readonly Dictionary<string, string> Sentences = new()
    {
        ["seed"] = "Seed of the run.",
        ["simulated_ns"] = "Simulated time.",
        ["wall_ns"] = "Time the run took on the wall clock.",
        ["events"] = "Interrupts, DPCs, ticks and chunks.",
        ["round_trips"] = "Times that the host waited for the device; 0 by the wall clock.",
        ["chunks.produced"] = "Chunks that the source produced.",
        ["chunks.delivered"] = "Chunks that the reader took.",
        ["chunks.overwritten"] = "Chunks destroyed in host memory before the driver had copied them.",
        ["chunks.dropped"] = "Chunks dropped by the card or refused by a full cyclic buffer.",
        ["chunks.abandoned"] = "In the DMA buffer, uncopied, when the driver gave it up to start the card anew.",
        ["chunks.in_flight"] = "Chunks still on their way when the run ended.",
        ["chunks.corrupt"] = "Delivered chunks with a wrong checksum.",
        ["chunks.out_of_order"] = "Delivered chunks whose number is not above the one before.",
        ["chunks.missing"] = "Numbers left out between those of delivered chunks.",
        ["accounted"] = "Whether produced = delivered + overwritten + dropped + abandoned + in_flight, each counted on its own. A run without "
            + "it has failed anyway.",
        ["interrupts.raised"] = "Causes raised in the card.",
        ["interrupts.sent"] = "MSI messages sent.",
        ["interrupts.masked"] = "Raises held back by an enable or a mask.",
        ["interrupts.collapsed"] = "Raises and messages that fell together with one before, in the card and in local APICs.",
        ["interrupts.collapsed_in_apic"] = "Of these, in local APICs.",
        ["interrupts.isr"] = "ISR runs.",
        ["dpc.queued"] = "Requests that queued our DPC (TRUE).",
        ["dpc.coalesced"] = "Requests that found it queued (FALSE).",
        ["dpc.runs"] = "Runs of our DPC.",
        ["isr_register_reads"] = "Register reads in our ISRs.",
        ["isr_to_dpc_ns.p50"] = "Median time from the end of the ISR that queued the DPC to the DPC's start.",
        ["isr_to_dpc_ns.p99"] = "99th percentile of the time from the end of the ISR that queued the DPC to the DPC's start.",
        ["isr_to_dpc_ns.p999"] = "99.9th percentile of the time from the end of the ISR that queued the DPC to the DPC's start.",
        ["isr_to_dpc_ns.max"] = "Longest time from the end of the ISR that queued the DPC to the DPC's start.",
        ["arrival_to_copy_ns.p50"] = "Median time from a chunk's arrival in host memory to the end of its copying.",
        ["arrival_to_copy_ns.p99"] = "99th percentile of the time from a chunk's arrival in host memory to the end of its copying.",
        ["arrival_to_copy_ns.p999"] = "99.9th percentile of the time from a chunk's arrival in host memory to the end of its copying.",
        ["arrival_to_copy_ns.max"] = "Longest time from a chunk's arrival in host memory to the end of its copying.",
        ["data.bytes"] = "Payload bytes that the reader took.",
        ["data.hash_equal"] = "Whether the card's SHA-256 and the reader's are both kept, and equal.",
        ["driver.empty_dpcs"] = "DPC runs that had nothing to copy.",
        ["driver.torn_copies_discarded"] = "Copies thrown away because the chunk changed underneath.",
        ["driver.failed_cause_reads"] = "Reads of the cause register that gave all-ones, upon which the driver looked whether the device is "
            + "there.",
        ["driver.lost_interrupts"] = "Times that the watchdog found chunks for which no interrupt had come.",
        ["driver.device_failed"] = "Whether the driver had given the device up, and it had not been started again, when the run ended.",
        ["driver.device_restarts"] = "Times that the framework started the device again after the driver had given it up.",
        ["driver.resynchronisations"] = "Times that the card had gone round the ring past the driver.",
        ["driver.overruns_reported"] = "ISRs that found OVERRUN set.",
        ["driver.errors_reported"] = "ISRs that found an error cause set.",
        ["driver.unclaimed_interrupts"] = "ISRs that found no cause set.",
        ["driver.cyclic_buffer_high_water"] = "The most chunks that were in the cyclic buffer at once.",
        ["host.interrupts"] = "Interrupts taken by the machine's processors.",
        ["host.dpcs"] = "DPCs run, ours included.",
        ["host.ticks"] = "Clock interrupts.",
        ["host.messages_granted"] = "MSI messages granted to the card.",
        ["host.max_payload_size"] = "Most bytes in a packet that the card was told to send.",
        ["host.max_read_request_size"] = "Most bytes that the card was told to ask for at once.",
        ["host.failed_reads"] = "Reads of the device that gave all-ones.",
        ["host.timed_out_reads"] = "Reads without an answer in time.",
        ["host.unexpected_completions"] = "Completions that nobody waited for.",
        ["host.undecoded_requests"] = "Requests of the device to addresses that are no memory.",
        ["host.bad_messages"] = "MSI messages with data or address that decode to nothing.",
        ["host.refused_requests"] = "Requests of the device that the root complex refused.",
        ["host.spurious_interrupts"] = "Messages to a vector that nothing is connected to.",
        ["host.dpc_watchdog_violations"] = "Limits of the DPC watchdog that were passed. A run that a bug check ends has failed, unless the "
            + "scenario expects something of this figure.",
        ["host.tlps_discarded"] = "TLPs that could not be sent because the link was down.",
    };

    /// <summary>The figures of the report, by their dotted paths.</summary>
    public static IReadOnlyList<(string Path, string Sentence)> All { get; } =
        [.. Expectation.Paths.Select(path => (path, Sentences.GetValueOrDefault(path) ?? throw new KeyNotFoundException($"{path} has no sentence.")))];

    /// <summary>Figures of which there are any number.</summary>
    public static IReadOnlyList<(string Pattern, string Title, string Sentence)> Families { get; } =
    [
        ($"^collapse\\.({string.Join('|', CollapsePoints.Names)})\\.", "collapse.POINT.NAME",
            "Events that met others, or waited, at a point of their way to the DPC. In the card by cause: cause-bit (the cause was set "
            + "already, and the policy looks at causes; with a message per event nothing ends there, and card.interrupts.repeated counts those "
            + "that found it set), enable (INT_ENABLE); by vector-N: moderation (the vector gathers), rearm-mask (masked until the re-arm), "
            + "vector-active (another cause of it was set); by message-N: pending-bit (of a masked message). In the host by message-N: apic "
            + "(the vector was requested already), dpc (KeInsertQueueDpc returned FALSE)."),
        ("^card\\.", "card.NAME",
            "A counter of the card, by the name that emu run --json gives it. Where it keeps counters by name (reserved writes by "
            + "register, say), those that are zero are left out there, and can be expected all the same."),
    ];
}
