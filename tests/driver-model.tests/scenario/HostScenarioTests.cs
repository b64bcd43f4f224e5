using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Scenario;
using Pcie.Pci.Messages;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Tests.Scenario;

public sealed class HostScenarioTests
{
    private const string Isr = "interval = \"1ms\"\nisr = \"1us\"\n";
    private const string Raised = "interval = \"1ms\"\nraised = \"1us\"\n";

    [Fact]
    public void WhatIsNotSaidIsTheDefault()
    {
        var scenario = Read("");
        Assert.Equal(new DaqDriverOptions(), ((DaqDesign)scenario.Driver).Options);
        Assert.Equal((4, 64, 4, 3, 20),
            (scenario.Machine.Kernel.Processors, scenario.Machine.Kernel.TicksPerSecond, scenario.Machine.Kernel.MaximumDpcQueueDepth,
            scenario.Machine.Kernel.MinimumDpcRate, scenario.Machine.Kernel.IdealDpcRate));
        Assert.Equal((32, 0, DpcImportance.Medium, null), (scenario.Machine.Bus.Messages, scenario.Driver.Device.InterruptProcessor,
            scenario.Driver.Device.DpcImportance, scenario.Driver.Device.DpcProcessor));
        Assert.Empty(scenario.Machine.Interference);
        Assert.Empty(scenario.Expectations);
    }

    [Fact]
    public void EverySectionIsRead()
    {
        var scenario = Read("""
            [host]
            processors = 2
            msi-messages = 1
            grant = "as-many-as-possible"
            idle-polls = true
            [host.reader]
            rate = "10 MB/s"
            [[host.interference]]
            name = "disk"
            interval = { exponential = "1ms" }
            isr = "2us"
            dpc = "30us"
            irql = 5
            importance = "low"
            dpc-processor = 1
            [[host.interference]]
            name = "thread"
            at = ["1s", "2s"]
            thread = "5ms"
            processor = 1
            [driver]
            buffering = "ping-pong"
            rearm-policy = "auto-mask-lossy"
            drain = "one"
            last-look = "before-rearm"
            cause-source = "status-block"
            routing = "per-cause"
            interrupts = "msi-x"
            dpc-importance = "medium-high"
            dpc-processor = 1
            [expect]
            "chunks.produced" = "> 0"
            """);
        Assert.Equal((2, true, 1), (scenario.Machine.Kernel.Processors, scenario.Machine.Kernel.IdlePolls, scenario.Machine.Bus.Messages));
        Assert.Equal((MessageKind.MsiX, GrantRule.AsManyAsPossible), (scenario.Driver.Device.Interrupts, scenario.Machine.Bus.Grant));
        Assert.Equal(10_000_000, ((DaqDesign)scenario.Driver).Reader.BytesPerSecond);
        var disk = (InterruptInterference)scenario.Machine.Interference[0];
        var thread = (ThreadInterference)scenario.Machine.Interference[1];
        Assert.Equal(("disk", (byte)0x50, DpcImportance.Low, 1), (disk.Name, disk.Vector, disk.Dpc?.Importance, disk.Dpc?.DpcProcessor));
        Assert.Empty(disk.Processors);
        Assert.Equal([Duration.FromSeconds(1), Duration.FromSeconds(2)], thread.At);
        Assert.Equal([1], thread.Processors);
        var driver = ((DaqDesign)scenario.Driver).Options;
        Assert.Equal((Buffering.PingPong, RearmPolicy.AutoMaskLossy, Drain.One, LastLook.BeforeRearm, CauseSource.StatusBlock,
            Routing.PerCause),
            (driver.Buffering, driver.RearmPolicy, driver.Drain, driver.LastLook, driver.CauseSource, driver.Routing));
        Assert.Equal((DpcImportance.MediumHigh, 1), (scenario.Driver.Device.DpcImportance, scenario.Driver.Device.DpcProcessor));
        Assert.Single(scenario.Expectations);
    }

    [Fact]
    public void MessagesCanBeSpreadAndSourcesBeOnSeveralProcessors()
    {
        var scenario = Read(Source("disk", Isr + "processors = [3, 1]")
            + "[driver]\ninterrupts = \"msi-x\"\ninterrupt-affinity = \"spread-messages-across-all-processors\"");
        Assert.Equal(InterruptAffinity.SpreadMessagesAcrossAllProcessors, scenario.Driver.Device.InterruptAffinity);
        Assert.Equal([3, 1], ((InterruptInterference)scenario.Machine.Interference[0]).Processors);
    }

    [Fact]
    public void SourcesOfOneIrqlGetVectorsOfTheirOwn()
    {
        var scenario = Read(string.Concat(Enumerable.Range(0, 16).Select(i => Source($"{i}", Isr + "irql = 7"))));
        Assert.Equal(Enumerable.Range(0x70, 16), scenario.Machine.Interference.Select(s => (int)((InterruptInterference)s).Vector!));
    }

    [Theory]
    [InlineData(
        "[expect]\n\"chunks.prodused\" = \"== 1\"\n\"accounted\" = \"maybe\"\n[host]\nprocesors = 2\n[run]\nduration = \"0s\"\nsede = 3",
        "2:21 3:15 5:1 7:12 8:1")]
    [InlineData("[driver]\nring-slots = 0\nbufering = \"ring\"\n[host.reader]\nrte = \"1 MB/s\"\n[hots]", "2:14 3:1 6:1")]
    [InlineData("[host]\nprocessors = 0\nidle-polls = 1", "2:14 3:14")]
    public void WhatIsWrongInSeveralPlacesIsSaidAtOnceInTheFilesOrder(string text, string places)
    {
        var refused = Assert.Throws<ScenarioException>(() => Read(text));

        Assert.Equal(places, string.Join(' ', refused.Errors.Select(error => string.Join(':', error.Split(':')[1..3]))));
    }

    [Theory]
    [InlineData("[host]\nprocesors = 2", "2:1: unknown key \"procesors\" in [host]; did you mean \"processors\"?")]
    [InlineData("[hots]", "1:1: unknown table \"hots\" in the file; did you mean \"host\"?")]
    [InlineData("[host]\nkernel = \"linux\"\ndpc-watchdog = \"off\"", "3:16: \"dpc-watchdog\" in [host]: it is a rule of Windows; leave it out")]
    [InlineData("[host]\nksoftirqd-wait = \"1ms\"", "2:18: \"ksoftirqd-wait\" in [host]: Windows has no ksoftirqd; leave it out")]
    [InlineData("[host]\nprocessors = 65", "2:14: \"processors\" in [host] is 65; expected 1 to 64")]
    [InlineData("[host]\nmsi-messages = 0", "2:16: \"msi-messages\" in [host] is 0; expected 1 to 32")]
    [InlineData("[host.reader]\nrte = \"1 MB/s\"", "2:1: unknown key \"rte\"")]
    [InlineData("[driver]\nring = 4", "2:1: unknown key \"ring\" in [driver]")]
    [InlineData("[driver]\nmoderation-time = \"1500ns\"", "2:19: \"moderation-time\" in [driver]: 1500 ns is no whole number")]
    [InlineData("[driver]\nbuffering = \"scatter-gather\"\nwhen-full = \"overwrite\"",
        "3:13: \"when-full\" in [driver]: with scatter-gather nothing is overwritten")]
    [InlineData("[driver]\nring-slots = 0", "2:14: \"ring-slots\" in [driver] is 0; expected 1 to 65536")]
    [InlineData("[driver]\nbuffering = \"Ring\"",
        "2:13: \"buffering\" in [driver] is \"Ring\"; expected one of \"single\", \"ping-pong\", \"ring\"")]
    [InlineData("[driver]\nisr-work = 5", "2:12: \"isr-work\" in [driver] is 5; expected a duration with its unit")]
    [InlineData("[host]\nprocessors = 2\n[driver]\ndpc-processor = 2",
        "4:17: \"dpc-processor\" in [driver] is 2; expected 0 to 1")]
    [InlineData("[host]\nprocessors = 2\n[driver]\ninterrupt-processor = 2",
        "4:23: \"interrupt-processor\" in [driver] is 2; expected 0 to 1")]
    [InlineData("[driver]\ninterrupt-affinity = \"spread-messages-across-all-processors\"",
        "2:22: \"interrupt-affinity\" in [driver]: all messages of MSI have one address")]
    [InlineData("[host]\ndpc-time-limit = 0", "2:18: \"dpc-time-limit\" in [host] is 0; expected 1 to 1000000")]
    [InlineData("[host]\ndpc-watchdog = \"warn\"",
        "2:16: \"dpc-watchdog\" in [host] is \"warn\"; expected one of \"bug-check\", \"report\", \"off\"")]
    [InlineData("[expect]\n\"chunks.lost\" = \"== 0\"", "2:17: \"chunks.lost\" in [expect]: the report has no such figure")]
    public void WhatCannotBeIsRefusedWithItsPlace(string text, string expected) => AssertRefused(text, expected);

    [Theory]
    [InlineData("interval = \"1ms\"",
        "1:1: \"isr\" in [[host.interference]]: a source has an isr, a dpc or both; or a timer, a thread, a raised or a stop")]
    [InlineData(Isr + "thread = \"1us\"",
        "4:7: \"isr\" in [[host.interference]]: a source has an isr, a dpc or both; or a timer")]
    [InlineData("isr = \"1us\"", "1:1: \"interval\" in [[host.interference]]: a source needs an interval, or one-off times")]
    [InlineData(Isr + "at = [\"2s\", \"1s\"]", "5:6: \"at\" in [[host.interference]]: the times must rise")]
    [InlineData(Isr + "processor = 4", "5:13: \"processor\" in [[host.interference]] is 4; expected 0 to 3")]
    [InlineData(Isr + "processor = -1", "5:13: \"processor\" in [[host.interference]] is -1; expected 0 to 3")]
    [InlineData(Isr + "processors = [0, 4]", "5:18: \"processors\" in [[host.interference]] is 4; expected whole numbers from 0 to 3")]
    [InlineData(Isr + "processors = []", "5:14: \"processors\" in [[host.interference]]: a source needs a processor to be on")]
    [InlineData(Isr + "processors = [1, 1]", "5:14: \"processors\" in [[host.interference]]: a processor stands there twice")]
    [InlineData(Isr + "processor = 1\nprocessors = [2]", "6:14: \"processors\" in [[host.interference]]: give either processor or processors")]
    [InlineData(Isr + "irql = 13", "5:8: \"irql\" in [[host.interference]] is 13; expected 3 to 12")]
    [InlineData("at = [\"1s\"]\ndpc = \"1us\"\nirql = 5",
        "5:8: \"irql\" in [[host.interference]]: only a source with an isr has an IRQL")]
    [InlineData("at = [\"1s\"]\ndpc = \"1us\"\nsoftirq = \"block\"", "5:11: \"softirq\" in [[host.interference]]: Windows has no softirqs")]
    [InlineData(Isr + "softirq = \"block\"", "5:11: \"softirq\" in [[host.interference]]: only a source with a dpc has one")]
    [InlineData(Raised + "softirq = \"block\"", "5:11: \"softirq\" in [[host.interference]]: this source queues no DPC")]
    [InlineData(Isr + "importance = \"high\"", "5:14: \"importance\" in [[host.interference]]: only a source with a dpc has one")]
    [InlineData(Isr + "dpc-processor = 0", "5:17: \"dpc-processor\" in [[host.interference]]: only a source with a dpc has one")]
    [InlineData(Isr + "raised = \"1us\"",
        "4:7: \"isr\" in [[host.interference]]: a source has an isr, a dpc or both; or a timer, a thread, a raised or a stop")]
    [InlineData(Isr + "stop = \"1us\"",
        "4:7: \"isr\" in [[host.interference]]: a source has an isr, a dpc or both; or a timer, a thread, a raised or a stop")]
    [InlineData(Isr + "raised-irql = 2", "5:15: \"raised-irql\" in [[host.interference]]: only a source with a raised has one")]
    [InlineData(Raised + "raised-irql = 1", "5:15: \"raised-irql\" in [[host.interference]] is 1; expected 2 to 12")]
    [InlineData(Isr + "lock = \"l\"", "5:8: \"lock\" in [[host.interference]]: only a dpc, a timer or a raised can hold a spin lock; an ISR")]
    [InlineData(Raised + "raised-irql = 5\nlock = \"l\"",
        "6:8: \"lock\" in [[host.interference]]: a spin lock is held at DISPATCH_LEVEL; leave out raised-irql")]
    [InlineData("at = [\"1s\"]\nstop = \"1us\"\nprocessor = 0", "5:13: \"processor\" in [[host.interference]]: a stop takes all processors")]
    [InlineData("isr = \"1us\"\nfollows = \"t\"", "4:11: \"follows\" in [[host.interference]]: there is no source named \"t\" above")]
    [InlineData("isr = \"1us\"\nfollows = \"s\"", "4:11: \"follows\" in [[host.interference]]: there is no source named \"s\" above")]
    [InlineData(Isr + "follows = \"s\"", "5:11: \"follows\" in [[host.interference]]: there is no source named \"s\" above")]
    [InlineData(Isr + "follows = \"t\"\nchance = 1.5", "6:10: \"chance\" in [[host.interference]] is 1.5; expected 0 to 1")]
    [InlineData(Isr + "delay = \"1us\"", "5:9: \"delay\" in [[host.interference]]: a source of its own comes when its interval says")]
    [InlineData("follows = \"t\"\nisr = \"1us\"\ndelay = \"1us\"\nbefore-end = \"1us\"", "6:14: \"before-end\" in [[host.interference]]: delay is")]
    [InlineData(Isr + "threaded = true", "5:12: \"threaded\" in [[host.interference]]: only a dpc is threaded")]
    [InlineData("at = [\"1s\"]\ndpc = \"1us\"\nthreaded = true\nlock = \"l\"",
        "6:8: \"lock\" in [[host.interference]]: a threaded dpc holds none here")]
    [InlineData("at = [\"1s\"]\ndpc = \"1us\"\ntimer = \"1us\"",
        "1:1: \"isr\" in [[host.interference]]: a source has an isr, a dpc or both; or a timer")]
    [InlineData(Isr + "before-end = \"1us\"", "5:14: \"before-end\" in [[host.interference]]: it is of the ISR of a source that this one follows")]
    [InlineData(Isr + "chance = 0.5", "5:10: \"chance\" in [[host.interference]]: it has none of its own; only a source that follows another, or")]
    [InlineData("at = [\"1s\"]\ndpc = \"1us\"\nphase = \"1us\"", "5:9: \"phase\" in [[host.interference]]: it is counted from the multiples")]
    [InlineData("interval = { exponential = \"1ms\" }\ndpc = \"1us\"\nphase = \"1us\"",
        "5:9: \"phase\" in [[host.interference]]: it is counted from the multiples of an interval that is always the same")]
    [InlineData(Isr + "burst-goes-on = 0.5", "5:17: \"burst-goes-on\" in [[host.interference]]: without burst-begins there is none")]
    [InlineData(Isr + "burst-begins = 1.5", "5:16: \"burst-begins\" in [[host.interference]] is 1.5; expected 0 to 1")]
    [InlineData(Isr + "burst-begins = 0.5\nburst = 2",
        "5:16: \"burst-begins\" in [[host.interference]]: burst and phase say when it comes; leave out one of the two")]
    [InlineData("at = [\"1s\"]\ndpc = \"1us\"\nburst-begins = 0.5", "5:16: \"burst-begins\" in [[host.interference]]: an interval parts the bursts")]
    [InlineData(Isr + "burst = 0", "5:9: \"burst\" in [[host.interference]] is 0; expected 1 to 1000000")]
    [InlineData(Isr + "imporance = \"high\"",
        "5:1: unknown key \"imporance\" in [[host.interference]]; did you mean \"importance\"?")]
    public void ASourceThatCannotBeIsRefusedWithItsPlace(string keys, string expected) =>
        AssertRefused(Source("s", keys), expected);

    [Theory]
    [InlineData("after = \"1us\"", "1:1: [[host.idle-state]] has no \"exit-latency\", which is required")]
    [InlineData("after = \"2us\"\nexit-latency = \"1us\"\n[[host.idle-state]]\nafter = \"2us\"\nexit-latency = \"9us\"",
        "5:9: \"after\" in [[host.idle-state]]: a later state is entered later")]
    [InlineData("after = \"2us\"\nexit-latency = \"1us\"\ndepth = 2", "4:1: unknown key \"depth\" in [[host.idle-state]].")]
    public void AnIdleStateThatCannotBeIsRefusedWithItsPlace(string keys, string expected) =>
        AssertRefused($"[[host.idle-state]]\n{keys}\n", expected);

    [Fact]
    public void WhatKeepsDpcsWaitingIsRead()
    {
        var scenario = Read($"""
            [[host.idle-state]]
            after = "2us"
            exit-latency = "1us"
            {Source("a", Raised + "lock = \"l\"")}
            {Source("b", "follows = \"a\"\nstop = \"1ms\"\nburst = 3\nburst-gap = \"7us\"")}
            [driver]
            dpc-lock = "l"
            """);
        var (a, b) = ((RaisedInterference)scenario.Machine.Interference[0], (StopInterference)scenario.Machine.Interference[1]);
        Assert.Equal((Irql.Dispatch, "l", "l"), (a.RaisedIrql, a.Lock.Name, scenario.Driver.Device.DpcLock));
        Assert.Equal(("a", 3, "7 µs"), (b.Follows, b.Burst, $"{b.BurstGap}"));
        Assert.Equal(new Duration(2_000), Assert.Single(scenario.Machine.Kernel.IdleStates).After);
    }

    [Fact]
    public void ASourceHasANameOfItsOwn()
    {
        AssertRefused("[[host.interference]]\n" + Isr, "1:1: [[host.interference]] has no \"name\", which is required");
        AssertRefused(Source("a", Isr) + Source("b", Isr) + Source("a", Isr),
            "12:8: \"name\" in [[host.interference]]: there is a source named \"a\" already");
    }

    [Fact]
    public void ALevelHasVectorsForSixteenSources() =>
        AssertRefused(string.Concat(Enumerable.Range(0, 17).Select(i => Source($"{i}", Isr + "irql = 7"))),
            "85:8: \"irql\" in [[host.interference]]: 16 sources have IRQL 7 already");

    [Fact]
    public void AMachineHasAHundredSourcesAtMost() =>
        AssertRefused(string.Concat(Enumerable.Range(0, 101).Select(i => Source($"{i}", Isr))),
            "502:8: \"name\" in [[host.interference]]: a machine has at most 100 sources");

    [Fact]
    public void ACommandLineOverridesSeedAndDuration()
    {
        var scenario = Read("[run]\nduration = \"24h\"\nseed = 7");
        var same = scenario.With(null, "1d");
        Assert.Equal((7ul, true), (same.Run.Seed, same.IsOwnDuration));
        var other = scenario.With(8, "10min");
        Assert.Equal((8ul, Duration.FromSeconds(600), false), (other.Run.Seed, other.Run.Duration, other.IsOwnDuration));
    }

    [Theory]
    [InlineData("0s", "--duration 0s: a run takes at least 1ns.")]
    [InlineData("10", "--duration 10: it has no unit; expected a duration with its unit")]
    public void ACommandLineThatCannotBeIsRefused(string duration, string expected) =>
        Assert.StartsWith(expected, Assert.Throws<FormatException>(() => Read("").With(null, duration)).Message);

    [Fact]
    public void EachCardHasItsDriverAndAName()
    {
        var cards = Read("[[card]]\n[[driver]]\nring-slots = 4\n[[card]]\nname = \"veto\"\n[[driver]]\nkind = \"edu\"\n").Cards;
        Assert.Equal(["card1", "veto"], cards.Select(card => card.Name));
        Assert.Equal((4, "edu"), (((DaqDesign)cards[0].Driver).Options.RingSlots, cards[1].Driver.Device.Name));
    }

    [Theory]
    [InlineData("[[card]]\n[[card]]\nname = \"card1\"\n", "3:8: \"name\" in [[card]]: there is a card named \"card1\" already")]
    [InlineData("[[card]]\n[[card]]\n[[driver]]\nring-slots = 4\n[[driver]]\nring-slot = 4\n", "6:1: unknown key \"ring-slot\" in [[driver]]")]
    [InlineData("[[card]]\n[[card]]\n[expect]\n\"cards.card3.accounted\" = \"== true\"\n",
        "4:27: \"cards.card3.accounted\" in [expect]: there is no other card \"card3\"; expected card2")]
    [InlineData("[expect]\n\"cards.card2.accounted\" = \"== true\"\n",
        "2:27: \"cards.card2.accounted\" in [expect]: there is no other card \"card2\"; the scenario has one")]
    public void CardsThatDoNotGoTogetherAreRefused(string text, string expected) => AssertRefused(text, expected);

    [Fact]
    public void OneCardsDriverIsThatOfAsManyCardsAsAreGiven()
    {
        Assert.Equal(["card1", "card2", "card3"], Read("").WithCards(3).Cards.Select(card => card.Name));
        Assert.StartsWith("17 cards are given; a host has 16 at the most", Assert.Throws<FormatException>(() => Read("").WithCards(17)).Message);
    }

    private static string Source(string name, string keys) => $"[[host.interference]]\nname = \"{name}\"\n{keys}\n";

    private static HostScenario Read(string text) => HostScenario.Read(ScenarioFile.Parse(text, "f.toml"));

    private static void AssertRefused(string text, string expected) =>
        Assert.StartsWith($"f.toml:{expected}", Assert.Throws<ScenarioException>(() => Read(text)).Message);
}
