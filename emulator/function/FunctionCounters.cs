using Pcie.Emulator.Device;
using Pcie.Trace;

namespace Pcie.Emulator.Function;

/// <summary>What the PCI function did, refused and lost, since it was made. A reset of the function does not clear it.</summary>
/// <param name="messages">Messages that it can raise.</param>
public sealed class FunctionCounters(int messages)
{
    /// <summary>DWs of BARs read.</summary>
    public ulong RegisterReads { get; internal set; }

    /// <summary>DWs of BARs written.</summary>
    public ulong RegisterWrites { get; internal set; }

    /// <summary>Messages that the device's logic raised, whatever became of them.</summary>
    public ulong MessagesRaised { get; internal set; }

    /// <summary>MSI messages that left, at once or when unmasked, by number.</summary>
    public CounterFamily MessagesSent { get; } = new("function.messages-sent", messages, message => $"message-{message}");

    /// <summary>Messages held back by their mask bit, to be sent when unmasked.</summary>
    public ulong MessagesPending { get; internal set; }

    /// <summary>Messages raised while masked and pending already, by number: one bit stands for both (6.1.4.5).</summary>
    public CounterFamily MessagesCollapsed { get; } =
        new(CollapseCounter.NameOf(CollapsePoint.PendingBit), messages, message => $"message-{message}");

    /// <summary>
    /// Messages lost because messages or Bus Master Enable were off, in D3hot, or pending when their grant was withdrawn.
    /// </summary>
    public ulong MessagesLost { get; internal set; }

    /// <summary>How often the interrupt line was asserted.</summary>
    public ulong LineAssertions { get; internal set; }

    /// <summary>Memory requests at an address that no BAR decodes.</summary>
    public ulong Undecoded { get; internal set; }

    /// <summary>Memory requests that begin in a BAR and end outside.</summary>
    public ulong AcrossBarEnd { get; internal set; }

    /// <summary>Memory requests of more than two DWs to a BAR.</summary>
    public ulong TooLong { get; internal set; }

    /// <summary>Memory requests to a BAR that the device's logic refused.</summary>
    public ulong RefusedByLogic { get; internal set; }

    /// <summary>Memory requests while the function was in D3hot.</summary>
    public ulong InLowPower { get; internal set; }

    /// <summary>Configuration requests outside 0 to 0xFFC or longer than a DW.</summary>
    public ulong BadConfigRequests { get; internal set; }

    /// <summary>TLPs that make no sense: unknown kind, misaligned, payload of another length than announced.</summary>
    public ulong Malformed { get; internal set; }

    /// <summary>Writes and reads of host memory that the device wanted while Bus Master Enable was off, or in D3hot.</summary>
    public ulong BusMasterDisabled { get; internal set; }

    /// <summary>Reads of host memory refused because as many as the link allows were in flight.</summary>
    public ulong ReadsExhausted { get; internal set; }

    /// <summary>ERR_COR messages that silicon would have sent; the link carries none.</summary>
    public ulong CorrectableErrorMessages { get; internal set; }

    /// <summary>ERR_NONFATAL messages that silicon would have sent.</summary>
    public ulong NonFatalErrorMessages { get; internal set; }

    /// <summary>ERR_FATAL messages that silicon would have sent.</summary>
    public ulong FatalErrorMessages { get; internal set; }

    /// <summary>Resets by Initiate Function Level Reset.</summary>
    public ulong FunctionLevelResets { get; internal set; }

    /// <summary>Resets by coming back from D3hot.</summary>
    public ulong PowerResets { get; internal set; }

    /// <summary>Resets of any kind, a link that went down included.</summary>
    public ulong Resets { get; internal set; }

    /// <summary>All of them by name.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> All =>
    [
        new("function.register-reads", RegisterReads),
        new("function.register-writes", RegisterWrites),
        new("function.messages-raised", MessagesRaised),
        .. MessagesSent.Statistics,
        new("function.messages-pending", MessagesPending),
        .. MessagesCollapsed.Statistics,
        new("function.messages-lost", MessagesLost),
        new("function.line-assertions", LineAssertions),
        new("function.undecoded", Undecoded),
        new("function.across-bar-end", AcrossBarEnd),
        new("function.too-long", TooLong),
        new("function.refused-by-logic", RefusedByLogic),
        new("function.in-low-power", InLowPower),
        new("function.bad-config-requests", BadConfigRequests),
        new("function.malformed", Malformed),
        new("function.bus-master-disabled", BusMasterDisabled),
        new("function.reads-exhausted", ReadsExhausted),
        new("function.correctable-error-messages", CorrectableErrorMessages),
        new("function.non-fatal-error-messages", NonFatalErrorMessages),
        new("function.fatal-error-messages", FatalErrorMessages),
        new("function.function-level-resets", FunctionLevelResets),
        new("function.power-resets", PowerResets),
        new("function.resets", Resets),
    ];
}
