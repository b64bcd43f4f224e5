using CsCheck;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.DriverModel.Study;
using Pcie.Emulator.Daq;
using Pcie.Fixtures.Programs;
using Pcie.Pci.Messages;
using Pcie.Randomness;
using Pcie.Scenario;
using Pcie.Time;
using HostRearmPolicy = Pcie.DriverModel.Daq.RearmPolicy;
using HostWhenFull = Pcie.DriverModel.Daq.WhenFull;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>What holds whatever the design, the bad ones included: random cards, drivers, machines and seeds.</summary>
public sealed class AccountingTests
{
    private static readonly Gen<Duration> Microseconds = Gen.Long[0, 200].Select(us => new Duration(us * 1_000));

    private static readonly Gen<DaqCardOptions> Cards =
        from messages in AnyOf(1, 2, 4, 8)
        from entries in AnyOf(0, 1, 3, 6, 16)
        from source in AnyOf(SourceKind.Counter, SourceKind.Random)
        from chunk in Gen.Int[1, 5_000]
        from period in Gen.Long[20_000, 4_000_000]
        from jitter in Microseconds
        from bandwidth in Gen.Long[20_000_000, 2_000_000_000]
        from fifo in Gen.Int[1, 6]
        from headerOnly in Gen.Bool
        select new DaqCardOptions
        {
            MsiMessages = messages,
            MsixEntries = entries,
            Source = source,
            ChunkSize = chunk,
            FifoChunks = fifo,
            Period = new Duration(period),
            Jitter = Distribution.Exponential(jitter),
            DmaBandwidth = bandwidth,
            HeaderOnly = headerOnly,
            HashPayload = !headerOnly,
            MaxSlots = 64,
        };

    private static readonly Gen<DaqDriverOptions> Drivers =
        from buffering in Gen.Enum<Buffering>()
        from descriptor in Gen.Int[320, 6_000]
        from slots in Gen.Int[1, 8]
        from whenFull in Gen.Enum<HostWhenFull>()
        from routing in Gen.Enum<Routing>()
        from policy in Gen.Enum<HostRearmPolicy>()
        from moderation in Gen.Select(Gen.Int[1, 4], Gen.Long[0, 300])
        from cause in Gen.Enum<CauseSource>()
        from drain in Gen.Enum<Drain>()
        from look in Gen.Enum<LastLook>()
        from work in Gen.Select(Microseconds, Microseconds, Microseconds)
        from copy in Gen.Long[20_000_000, 4_000_000_000]
        select new DaqDriverOptions
        {
            Buffering = buffering,
            DescriptorBytes = descriptor,
            RingSlots = slots,
            WhenFull = whenFull,
            Routing = routing,
            RearmPolicy = policy,
            ModerationCount = moderation.Item1,
            ModerationTime = Duration.FromMicroseconds(moderation.Item2),
            CauseSource = cause,
            Drain = drain,
            LastLook = look,
            VerifyCopy = true,
            IsrWork = new Duration(work.Item1.Nanoseconds / 10),
            DpcWork = work.Item2,
            DpcEpilogue = work.Item3,
            CopyBytesPerSecond = copy,
        };

    private static readonly Gen<InterferenceOptions> Interferences =
        from isr in Gen.Long[1_000, 20_000]
        from dpc in Gen.Long[20_000, 2_000_000]
        // Never so much that nothing else runs: the device has to start.
        from load in Gen.Double[0.02, 0.6]
        from importance in Gen.Enum<DpcImportance>()
        select (InterferenceOptions)new InterruptInterference
        {
            Name = "ndis.sys",
            Interval = Distribution.Exponential(new Duration((long)((isr + dpc) / load))),
            Isr = Distribution.Fixed(new Duration(isr)),
            Dpc = new() { Duration = Distribution.LogNormal(new Duration(dpc), 0.7), Importance = importance },
            Processors = [0, 1],
        };

    private static readonly Gen<(HostScenario Host, DaqCardOptions Card)> Runs =
        from seed in Gen.ULong[0, 1_000]
        from milliseconds in Gen.Long[40, 80]
        from latency in Gen.Long[1, 5_000]
        from card in Cards
        from driver in Drivers
        from interference in Interferences
        from messages in Gen.Int[1, 32]
        from interrupts in Gen.Enum<MessageKind>()
        from grant in Gen.Enum<GrantRule>()
        from interruptProcessor in Gen.Int[0, 1]
        from dpcProcessor in AnyOf<int?>(null, 0, 1)
        from importance in Gen.Enum<DpcImportance>()
        from cyclic in Gen.Int[1, 40]
        from readRate in AnyOf(0L, 1_000_000L, 100_000_000L)
        select (new HostScenario
        {
            Run = new RunScenario
            {
                Name = "random",
                Title = "",
                Duration = Duration.FromMilliseconds(milliseconds),
                Seed = seed,
                Pacing = Pacing.FreeRunning,
                TimeScale = 1,
                LinkLatency = new Duration(latency),
                CompletionTimeout = Duration.FromMilliseconds(50),
            },
            Machine = new MachineOptions
            {
                Kernel = new KernelOptions { Processors = 2 },
                Bus = new BusOptions { Grant = grant, Messages = messages },
                Interference = [interference],
            },
            Cards = [new HostedCard("card1", new DaqDesign(driver with
            {
                Device = new WdfDeviceOptions
                {
                    Name = "daq",
                    Interrupts = interrupts,
                    InterruptProcessor = interruptProcessor,
                    DpcProcessor = dpcProcessor,
                    DpcImportance = importance,
                },
            }, new ReaderOptions { CyclicBufferChunks = cyclic, BytesPerSecond = readRate, Hash = true }))],
            Expectations = [],
        }, card with { Seed = seed });

    private static Gen<T> AnyOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);

    [Fact]
    public void EveryChunkIsAccountedForAndDeliveredAtMostOnceInOrderAndWholeUnderAnyDesign() =>
        Runs.Sample(run =>
        {
            var report = DirectRun.Of(run.Host, run.Card);

            Assert.Equal(RunOutcome.Completed, report.Outcome);
            Assert.True(report.Accounted, $"{report.Chunks}");
            Assert.Equal(0, report.Chunks.Corrupt);
            Assert.Equal(0, report.Chunks.OutOfOrder);
            // A number that was left out was destroyed or dropped, and nothing else.
            Assert.InRange(report.Chunks.Missing, 0, report.Chunks.Overwritten + report.Chunks.Dropped);
            Assert.Equal(0, report.Host.FailedReads + report.Host.UndecodedRequests + report.Host.RefusedRequests);
        }, iter: 200);

    // Before the first chunk every sum is zero, whatever is missing from it.
    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void ACardThatDoesNotSayWhatBecameOfChunksAndInterruptsIsUnaccountedThoughTheSumComesOut(bool chunks, bool interrupts)
    {
        var file = ScenarioFile.Parse("[run]\nduration = \"50ms\"\n[card.source]\nperiod = \"1s\"", "quiet.toml");
        var host = HostScenario.Read(file);

        var report = DirectRun.Of(host, DaqCardOptions.Read(file, host.Run.Seed), statistics =>
        {
            if (!chunks) statistics.Account.Chunks = null;
            if (!interrupts) statistics.Account.Interrupts = null;
        });

        Assert.Equal((0, chunks), (report.Chunks.Produced, report.Accounted));
        Assert.Equal(chunks && interrupts ? RunOutcome.Completed : RunOutcome.Unaccounted, report.Outcome);
        string[] failure = ["The card does not say what became of its chunks and interrupts, so that nothing can be accounted for."];
        Assert.Equal(chunks && interrupts ? [] : failure, report.Expect.Failures);
    }

    [Fact]
    public void TheSameDesignAndSeedGiveTheSameTrace() =>
        Runs.Sample(run => DirectRun.Of(run.Host, run.Card).Digest == DirectRun.Of(run.Host, run.Card).Digest, iter: 30);
}
