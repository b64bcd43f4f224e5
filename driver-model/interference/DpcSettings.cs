using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Durations;
using Pcie.DriverModel.Kernel.Threads;
using Pcie.Randomness;
using Pcie.Scenario;

namespace Pcie.DriverModel.Interference;

/// <summary>How a source's DPC is set up.</summary>
public record DpcSettings
{
    private const string NoDpc = "only a source with a dpc has one";

    [Key("importance", "Importance of its DPC. Only with a dpc or a timer.", Elsewhere = NoDpc)]
    public DpcImportance Importance { get; init; } = DpcImportance.Medium;

    [Key("dpc-processor", "The processor that its DPC is targeted at; the one that queues it if left out. Only with a dpc or a timer.",
        Min = 0, Below = "host.processors", Elsewhere = NoDpc)]
    public int? DpcProcessor { get; init; }

    [Keys]
    public OwnSoftirq OwnSoftirq { get; init; } = new();

    [Keys]
    public HeldLock Lock { get; init; } = new();

    internal virtual bool IsThreaded => false;

    internal Dpc CreateDpc(Distribution duration, string name, ModelledKernel kernel, uint source, Func<string, RandomStream> random) =>
        new(name, source, new DrawnDurations(duration, random("dpc")), OwnSoftirq.Number)
        {
            Importance = Importance,
            Target = DpcProcessor,
            Lock = Lock.In(kernel),
            IsThreaded = IsThreaded,
        };
}

/// <summary>A DPC that a source queues.</summary>
public sealed record QueuedDpc : DpcSettings
{
    [Key("dpc", "How long its DPC takes. Without one, its ISR queues none.")]
    public required Distribution Duration { get; init; }

    [Key("threaded", "Whether its DPC is a threaded one: a thread runs it at PASSIVE_LEVEL, and ordinary DPCs preempt it. Only with a dpc.",
        Elsewhere = "only a dpc is threaded")]
    public bool Threaded { get; init; }

    internal override bool IsThreaded => Threaded;

    internal void Check(ScenarioTable table) =>
        table.Only("lock", !Threaded, "a threaded dpc holds none here; leave out one of the two");
}

/// <summary>A spin lock that a source's code holds from its beginning to its end.</summary>
public sealed record HeldLock
{
    [Key("lock", "A spin lock that its DPC, a timer's too, or its raised thread holds from beginning to end. Whoever else wants the lock of that "
        + "name spins at DISPATCH_LEVEL until it is free, in the order of asking.", Elsewhere = "only a dpc, a timer or a raised can hold a spin "
        + "lock; an ISR would wait for what it interrupts, for ever")]
    public string? Name { get; init; }

    internal QueuedSpinLock? In(ModelledKernel kernel) => Name is null ? null : kernel.SpinLock(Name);
}

/// <summary>Linux: which softirq a source's DPC is.</summary>
public sealed record OwnSoftirq
{
    [Key("softirq", "The softirq that its DPC runs in, with kernel = \"linux\"; a tasklet if left out. Only with a dpc, a timer or a queues.",
        Elsewhere = "only a source with a dpc has one")]
    public Softirq? Number { get; init; }
}
