using System.Runtime.CompilerServices;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Options;
using Pcie.Pci;
using Pcie.Randomness;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Tests.Kernel;

/// <summary>Nearly all events of a long run go through here: in steady state they allocate nothing.</summary>
public sealed class AllocationTests
{
    private readonly Timeline timeline = new();
    private readonly ModelledKernel kernel;

    public AllocationTests() =>
        kernel = new ModelledKernel(timeline, new Tracer(timeline, TraceSide.Host), new KernelOptions(), 1);

    [Fact]
    public void InterferenceAllocatesNothing()
    {
        foreach (var (name, importance) in new[] { ("a", DpcImportance.Low), ("b", DpcImportance.Medium),
            ("c", DpcImportance.High) })
        {
            _ = new InterferenceSource(new InterruptInterference
            {
                Name = name,
                Interval = Distribution.Exponential(Duration.FromMicroseconds(100)),
                Isr = Distribution.LogNormal(Duration.FromMicroseconds(3), 0.5),
                Processors = [0, 1, 2, 3],
                Dpc = new()
                {
                    Duration = Distribution.Pareto(Duration.FromMicroseconds(8), 1.9, Duration.FromMilliseconds(1)),
                    Importance = importance,
                    DpcProcessor = name == "b" ? 0 : null,
                },
            }, kernel, 1);
        }
        AssertAllocatesNothing(events: 100_000);
    }

    [Fact]
    public void RaisedThreadsSpinLocksStopsAndIdleStatesAllocateNothing()
    {
        var kernel = new ModelledKernel(timeline, new Tracer(timeline, TraceSide.Host), new KernelOptions
        {
            IdleStates = [new IdleState { After = Duration.FromMicroseconds(5),
                ExitLatency = Distribution.Exponential(Duration.FromMicroseconds(2)) }],
        }, 1);
        var often = Distribution.Exponential(Duration.FromMicroseconds(100));
        var brief = Distribution.Exponential(Duration.FromMicroseconds(20));
        var held = new HeldLock { Name = "lock" };
        var leader = new InterferenceSource(
            new InterruptInterference { Name = "a", Interval = often, Burst = 3, Isr = brief, Dpc = new()
            {
                Duration = brief, Lock = held,
            } }, kernel, 1);
        _ = new InterferenceSource(new RaisedInterference { Name = "b", Interval = often, Burst = 3, Raised = brief, Lock = held }, kernel, 1);
        leader.AddFollower(new InterferenceSource(new RaisedInterference { Name = "c", Burst = 3, Raised = brief, RaisedIrql = 5 }, kernel, 1));
        _ = new InterferenceSource(new StopInterference { Name = "d", Interval = often, Burst = 3, Stop = brief }, kernel, 1);
        AssertAllocatesNothing(events: 100_000);
        Assert.True(kernel.SpinLock("lock").Contended > 1_000);
    }

    [Fact]
    public void IsrsAndDpcsWithCodeThatWorkAndReadAllocateNothing()
    {
        var link = new EchoLink(timeline);
        var root = new RootComplex(kernel, link, Duration.FromMilliseconds(1));
        link.Host = root;
        var driver = new Driver(kernel, root);
        var interrupt = new Interrupt("driver", 1, driver);
        kernel.Interrupts.Connect(interrupt, 0x90);
        _ = new Clock(timeline, kernel, interrupt);
        AssertAllocatesNothing(events: 100_000);
        Assert.True(interrupt.Runs > 10_000 && driver.Dpc.Runs > 10_000, $"{interrupt.Runs} ISRs, {driver.Dpc.Runs} DPCs");
    }

    private void AssertAllocatesNothing(int events)
    {
        Run(events / 10);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run(events);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private void Run(int events) => timeline.RunBefore(SimTime.Never, events);

    private sealed class Driver : IInterruptService, IDpcRoutine
    {
        private readonly ModelledKernel kernel;
        private readonly RootComplex root;

        public Driver(ModelledKernel kernel, RootComplex root)
        {
            (this.kernel, this.root) = (kernel, root);
            Dpc = new Dpc("driver", 1, this);
        }

        public Dpc Dpc { get; }

        public void Ended()
        {
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
        async ValueTask IInterruptService.Run()
        {
            await kernel.Current.Execute(new Duration(1_000));
            await root.ReadMemory(0xE000_0020, 4);
            kernel.Current.InsertQueueDpc(Dpc);
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
        async ValueTask IDpcRoutine.Run()
        {
            await kernel.Current.Execute(new Duration(2_000));
            root.WriteMemory(0xE000_0030, 4, 1);
        }
    }

    private sealed class Clock : ITimelineTarget
    {
        private static readonly Duration Period = Duration.FromMicroseconds(20);
        private readonly TimelineEvent next;
        private readonly ModelledKernel kernel;
        private readonly Interrupt interrupt;

        public Clock(Timeline timeline, ModelledKernel kernel, Interrupt interrupt)
        {
            (this.kernel, this.interrupt) = (kernel, interrupt);
            next = timeline.CreateEvent(this);
            next.ScheduleAfter(Period);
        }

        public void Due(int tag)
        {
            next.ScheduleAfter(Period);
            kernel.Processors[0].Request(interrupt.Vector);
        }
    }

    private sealed class EchoLink : ITlpSender, ITimelineTarget
    {
        private readonly TimelineEvent answer;
        private readonly byte[] data = new byte[4];
        private Tlp request;

        public EchoLink(Timeline timeline) => answer = timeline.CreateEvent(this);

        public ITlpReceiver Host { get; set; } = null!;

        public void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
        {
            if (!tlp.IsNonPosted) return;
            request = tlp;
            answer.ScheduleAfter(new Duration(1_000));
        }

        public void Due(int tag) => Host.Receive(Tlp.CompletionOf(request, CompletionStatus.Successful), data);
    }
}
