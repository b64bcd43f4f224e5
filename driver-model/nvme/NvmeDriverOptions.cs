using Pcie.DriverModel.Framework;
using Pcie.Pci.Messages;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Nvme;

/// <summary>The design choices of the NVM Express driver.</summary>
[Table("driver", "The driver of an NVM Express controller: it writes blocks of its first namespace, reads them back and compares, over queues with a "
    + "message each. What was on the namespace is lost.")]
public sealed record NvmeDriverOptions
{
    [Key("queues", "Queues for data, each a submission queue, a completion queue and a message of MSI-X; fewer if the controller has fewer.",
        Min = 1, Max = 64)]
    public int Queues { get; init; } = 2;

    [Key("depth", "Commands under way in each of them; fewer if the controller's queues are shorter.", Min = 1, Max = 1023)]
    public int Depth { get; init; } = 4;

    [Key("blocks", "Logical blocks that a command moves, as long as the namespace has them.", Min = 1, Max = 65_536)]
    public int Blocks { get; init; } = 8;

    [Key("pattern", "What is written: DWs that count on from one write to the next, or those scrambled.")]
    public NvmePattern Pattern { get; init; }

    [Key("interval", "How often each place in a queue that is free begins anew, at clock interrupts; zero: as soon as it is free.")]
    public Duration Interval { get; init; }

    [Key("deadline", "A command whose completion the DPC takes later than this after it was submitted is late, a loss; none is if left out.",
        Min = "1ns")]
    public Duration? Deadline { get; init; }

    [Key("timeout", "A command without an interrupt for this long: the driver looks itself, in steps of this length, and resets a controller that "
        + "has not done it.", Min = "1ms")]
    public Duration Timeout { get; init; } = Duration.FromMilliseconds(500);

    [Key("isr-work", "Work of the ISR, which accesses no register.")]
    public Duration IsrWork { get; init; } = new(1_000);

    [Key("dpc-work", "Work of the DPC besides its register accesses.")]
    public Duration DpcWork { get; init; } = new(2_000);

    [Keys]
    public WdfDeviceOptions Device { get; init; } = new() { Name = "nvme", Interrupts = MessageKind.MsiX };
}
