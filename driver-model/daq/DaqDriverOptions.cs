using Pcie.DriverModel.Framework;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Daq;

/// <summary>How many slots of host memory the card goes round: MODE of DMA_CONTROL.</summary>
public enum Buffering
{
    Single = 0,
    PingPong = 1,
    Ring = 2,

    /// <summary>As a ring, but the card finds each slot by descriptors that it reads from host memory.</summary>
    ScatterGather = 3,
}

/// <summary>What the card does with a chunk when every slot is unread: WHEN_FULL of DMA_CONTROL.</summary>
public enum WhenFull
{
    /// <summary>Writes it over the oldest one.</summary>
    Overwrite = 0,

    /// <summary>Drops it.</summary>
    Drop = 1,

    /// <summary>Keeps it in its FIFO until a slot is given back, as long as there is room.</summary>
    HoldBack = 2,
}

/// <summary>Which vector a cause goes to.</summary>
public enum Routing
{
    /// <summary>Every cause on message 0: the ISR must find out which it was.</summary>
    Shared = 0,

    /// <summary>A message for each cause, as far as the host granted them.</summary>
    PerCause = 1,
}

/// <summary>When the card sends a message, and when again: INT_POLICY.</summary>
public enum RearmPolicy
{
    PerEvent = 0,
    OnNonZero = 1,
    AutoMask = 2,
    AutoMaskLossy = 3,
    Level = 4,
}

/// <summary>How the ISR finds out what a shared message was about.</summary>
public enum CauseSource
{
    /// <summary>It reads INT_CAUSE: a round trip on the bus, during which the processor stalls.</summary>
    Register,

    /// <summary>It reads the status block, which the card wrote to host memory before the message.</summary>
    StatusBlock,
}

/// <summary>How much one DPC run copies.</summary>
public enum Drain
{
    /// <summary>Everything that is there: one DPC may stand for several interrupts.</summary>
    All,

    /// <summary>One chunk: right only if every interrupt gets a DPC of its own, which nothing promises.</summary>
    One,
}

/// <summary>When the DPC looks for new chunks for the last time.</summary>
public enum LastLook
{
    /// <summary>Before it re-arms: what comes in between waits for the next message, if the card sends one.</summary>
    BeforeRearm,

    /// <summary>
    /// After it has written the re-arm register. The write is posted: what the card raises until it arrives, and has not yet arrived here,
    /// is seen by neither.
    /// </summary>
    AfterRearm,

    /// <summary>
    /// After it has re-armed and read a register back: the read follows the write to the card, and its completion follows the data to memory
    /// (PCI Express Base Specification 2.4.1), so that nothing can come in between.
    /// </summary>
    AfterFlushedRearm,
}

/// <summary>The design choices of the driver under study, the bad ones included.</summary>
[Table("driver", "The driver under study: its design, the bad choices included.")]
public sealed record DaqDriverOptions
{
    [Key("buffering", "How many slots of host memory the card goes round: one, two, or ring-slots; with scatter-gather ring-slots too, which the "
        + "card finds by descriptors in host memory.")]
    public Buffering Buffering { get; init; } = Buffering.Ring;

    [Key("ring-slots", "Slots of a ring; not above the card's max-slots.", Min = 1, Max = 65_536)]
    public int RingSlots { get; init; } = 16;

    [Key("descriptor-bytes", "With scatter-gather: how much of a slot one descriptor describes, a multiple of 64 (rounded up); a slot takes 16 "
        + "descriptors at most.", Unit = Unit.Bytes, Min = 64, Max = 1 << 30)]
    public int DescriptorBytes { get; init; } = 65_536;

    [Key("when-full", "What the card does with a chunk when every slot is unread: it overwrites the oldest (not with scatter-gather, where "
        + "hold-back is the default); it drops the new one; it keeps the new one in its FIFO (fifo-chunks) until a slot is given back.")]
    public WhenFull WhenFull { get; init; } = WhenFull.Overwrite;

    [Key("routing", "Every cause on message 0, or a message for each cause as far as the host grants them.")]
    public Routing Routing { get; init; } = Routing.Shared;

    [Key("rearm-policy", "When the card sends a message, and when again: for every raise; when the pending set leaves zero; masked by its message "
        + "until the re-arm, which sends again if a cause is set; the same, but the re-arm does not look; as a level-triggered line.")]
    public RearmPolicy RearmPolicy { get; init; } = RearmPolicy.AutoMask;

    [Key("moderation-count", "Raises on message 0 that share one message; 1 for a message each. The message goes earlier if moderation-time is over.",
        Min = 1, Max = 255)]
    public int ModerationCount { get; init; } = 1;

    [Key("moderation-time", "How long after the first of these raises their message goes at the latest, in whole microseconds; \"0us\" for no "
        + "limit, so that with a moderation-count above 1 the last ones may wait for ever.", Max = "65535us")]
    public Duration ModerationTime { get; init; }

    [Key("cause-source", "How the ISR learns what a message with several causes was about: it reads INT_CAUSE, or the status block that the card "
        + "wrote to host memory.")]
    public CauseSource CauseSource { get; init; } = CauseSource.Register;

    [Key("drain", "What one DPC copies: everything that is there, or one chunk.")]
    public Drain Drain { get; init; } = Drain.All;

    [Key("last-look", "When the DPC looks for chunks for the last time: before it re-arms, after it has written the re-arm register, or after a "
        + "read has made sure that the write arrived.")]
    public LastLook LastLook { get; init; } = LastLook.AfterRearm;

    [Key("verify-copy", "Whether the DPC compares the header after copying, and throws away a copy that changed underneath.")]
    public bool VerifyCopy { get; init; } = true;

    [Key("isr-work", "Work of the ISR besides its register accesses.")]
    public Duration IsrWork { get; init; } = new(1_500);

    [Key("dpc-work", "Work of the DPC before it looks at the data.")]
    public Duration DpcWork { get; init; } = new(2_000);

    [Key("dpc-epilogue", "Work of the DPC after its look at the data and before it re-arms.")]
    public Duration DpcEpilogue { get; init; } = new(500);

    [Key("copy-rate", "How fast the DPC copies.", Unit = Unit.BytesPerSecond, Min = 1)]
    public long CopyBytesPerSecond { get; init; } = 4_000_000_000;

    [Key("watchdog", "How often a timer of the driver looks whether the card is there, and whether chunks lie there for which no interrupt has come; "
        + "zero: never.")]
    public Duration Watchdog { get; init; }

    [Key("on-failure", "What the driver asks the framework for when it finds that the card does not work any more: to start it again if it is "
        + "still there, or not.")]
    public DeviceFailedAction OnFailure { get; init; } = DeviceFailedAction.AttemptRestart;

    [Keys]
    public WdfDeviceOptions Device { get; init; } = new() { Name = "daq" };

    public bool Moderates => ModerationCount > 1 || ModerationTime > Duration.Zero;

    public bool Rearms => RearmPolicy is RearmPolicy.AutoMask or RearmPolicy.AutoMaskLossy or RearmPolicy.Level;

    /// <param name="table">The scenario's <c>[driver]</c>.</param>
    /// <param name="processors">How many the machine has.</param>
    /// <exception cref="ScenarioException">The table says something impossible or unknown.</exception>
    public static DaqDriverOptions Read(ScenarioTable table, int processors)
    {
        var options = table.Read<DaqDriverOptions>(below: processors);
        table.Only("moderation-time", options.ModerationTime.Nanoseconds % 1_000 == 0,
            $"{options.ModerationTime.Nanoseconds} ns is no whole number of microseconds, which the card counts");
        table.Only("when-full", options.Buffering != Buffering.ScatterGather || options.WhenFull != WhenFull.Overwrite,
            "with scatter-gather nothing is overwritten; expected \"drop\" or \"hold-back\"");
        return options;
    }
}
