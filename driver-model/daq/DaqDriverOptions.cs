using Pcie.DriverModel.Framework;
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
public sealed record DaqDriverOptions
{
    public Buffering Buffering { get; init; } = Buffering.Ring;

    /// <summary>Slots of a ring.</summary>
    public int RingSlots { get; init; } = 16;

    /// <summary>Scatter-gather: bytes that a descriptor describes, rounded up to a multiple of 64.</summary>
    public int DescriptorBytes { get; init; } = 65_536;

    /// <summary>
    /// What the card does with a chunk when every slot is unread. With scatter-gather, where a slot is the card's or the driver's and nothing is
    /// ever overwritten, <see cref="WhenFull.Overwrite"/> means <see cref="WhenFull.HoldBack"/>.
    /// </summary>
    public WhenFull WhenFull { get; init; } = WhenFull.Overwrite;

    public Routing Routing { get; init; } = Routing.Shared;
    public RearmPolicy RearmPolicy { get; init; } = RearmPolicy.AutoMask;

    /// <summary>Raises of message 0 that share one message, 1 to 255; 1 for a message each.</summary>
    public int ModerationCount { get; init; } = 1;

    /// <summary>How long after the first of them the message goes at the latest, in whole microseconds up to 65 535; zero for no limit.</summary>
    public Duration ModerationTime { get; init; }

    public CauseSource CauseSource { get; init; } = CauseSource.Register;
    public Drain Drain { get; init; } = Drain.All;
    public LastLook LastLook { get; init; } = LastLook.AfterRearm;

    /// <summary>
    /// Whether the DPC looks at the header again after copying, and throws away a copy that changed underneath.
    /// </summary>
    public bool VerifyCopy { get; init; } = true;

    /// <summary>Work of the ISR besides its register accesses.</summary>
    public Duration IsrWork { get; init; } = new(1_500);

    /// <summary>Work of the DPC before it looks at the data.</summary>
    public Duration DpcWork { get; init; } = new(2_000);

    /// <summary>Work of the DPC after its look at the data and before it re-arms.</summary>
    public Duration DpcEpilogue { get; init; } = new(500);

    /// <summary>How fast the DPC copies (bytes a second).</summary>
    public long CopyBytesPerSecond { get; init; } = 4_000_000_000;

    /// <summary>How often a timer looks whether the card is there and whether chunks lie there for which no interrupt has come; zero for never.</summary>
    public Duration Watchdog { get; init; }

    /// <summary>What the driver asks for when it finds that the card does not work any more.</summary>
    public DeviceFailedAction OnFailure { get; init; } = DeviceFailedAction.AttemptRestart;

    public bool Moderates => ModerationCount > 1 || ModerationTime > Duration.Zero;

    public bool Rearms => RearmPolicy is RearmPolicy.AutoMask or RearmPolicy.AutoMaskLossy or RearmPolicy.Level;
}
