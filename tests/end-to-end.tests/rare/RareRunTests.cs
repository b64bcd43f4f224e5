using Pcie.Diagnosis.Rates;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Rare;
using Pcie.Emu.Running;
using Pcie.Emulator.Daq;
using Pcie.Fixtures.Programs;
using Pcie.Playback;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.EndToEnd.Tests.Rare;

/// <summary>Rare events, made to occur often, against the same scenario simulated plainly for as long as that takes.</summary>
public sealed class RareRunTests
{
    private const int Seeds = 30;

    private const string Usual = "[[host.interference]]\nname = \"usual\"\ninterval = { exponential = \"10ms\" }\nisr = \"1us\"\n"
        + "[[host.interference]]\n";

    // A chunk every millisecond into two slots; what is rare comes every 1.5 s or so and keeps the processor for 1 to 4 ms; and what is not
    // rare, now and then, for up to 2.6 ms. Of two that are rare, one is for another processor, and harmless.
    private const string Scenario = """
        [run]
        duration = "60s"
        [card.source]
        period = "1ms"
        jitter = { uniform = ["0us", "200us"] }
        header-only = true
        [host]
        processors = 2
        [[host.interference]]
        name = "usual"
        interval = { exponential = "3ms" }
        isr = "4us"
        dpc = { exponential = "30us", maximum = "100us" }
        processor = 0
        [[host.interference]]
        name = "long"
        interval = { exponential = "1500ms" }
        isr = "4us"
        dpc = { uniform = ["1ms", "4ms"] }
        processor = 0
        [[host.interference]]
        name = "elsewhere"
        interval = { exponential = "3s" }
        dpc = "3ms"
        processor = 1
        [[host.interference]]
        name = "common"
        interval = { exponential = "2s" }
        dpc = { uniform = ["15us", "2600us"] }
        processor = 0
        [driver]
        buffering = "ping-pong"
        """;

    [Fact]
    public void OverManySeedsItAgreesWithPlainSimulationAndItsIntervalsHoldTheTruth()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("small.toml", Scenario);
        var plain = Enumerable.Range(1, Seeds).AsParallel().Select(seed => Plain(path, seed)).ToList();
        var (lost, days) = (plain.Sum(run => run.Lost), plain.Sum(run => run.Days));
        var truth = lost / days;

        var estimates = Enumerable.Range(1001, Seeds).AsParallel().Select(seed => Estimate(path, seed)).ToList();

        // In half an hour some 1,200 occurrences of the rare kind, and nearly as many losses: what is taken for the truth is known to some 5 %.
        Assert.InRange(lost, 500, 100_000);
        Assert.InRange(estimates.Average(estimate => estimate.Total.PerDay), 0.85 * truth, 1.15 * truth);
        // 95 % of 30 are 28.5. The truth is an estimate itself, and the interval errs on the long side.
        Assert.InRange(estimates.Count(estimate => estimate.Total.Low <= truth && truth <= estimate.Total.High), 26, Seeds);
        Assert.All(estimates, estimate => Assert.InRange(estimate.Total.High / estimate.Total.Low, 1, 4));
        Assert.All(estimates, estimate => Assert.Equal(0, estimate.Parts.Single(part => part.Stratum.Name == "elsewhere").WithLoss));
    }

    // What is rare also follows something that is not: those occurrences are the rest's, and neither made more frequent nor longer. Five in
    // six of "long" are.
    [Fact]
    public void ARareSourceThatFollowsAnotherOneTooAgreesWithPlainSimulation()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("small.toml", Scenario.Replace("""
            interval = { exponential = "1500ms" }
            """, """
            interval = { exponential = "1500ms" }
            follows = "usual"
            chance = 0.01
            delay = { uniform = ["50us", "300us"] }
            """));
        var plain = Enumerable.Range(1, 15).AsParallel().Select(seed => Plain(path, seed)).ToList();
        var truth = plain.Sum(run => run.Lost) / plain.Sum(run => run.Days);

        var estimates = Enumerable.Range(1001, 15).AsParallel().Select(seed => Estimate(path, seed)).ToList();

        Assert.InRange(plain.Sum(run => run.Lost), 500, 100_000);
        Assert.InRange(estimates.Average(estimate => estimate.Total.PerDay), 0.8 * truth, 1.2 * truth);
        Assert.InRange(estimates.Count(estimate => estimate.Total.Low <= truth && truth <= estimate.Total.High), 12, 15);
    }

    [Fact]
    public void ARingThatOutlastsAllOfItIsToldApartFromOneThatTwoTogetherOutlast()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("small.toml", Scenario.Replace("\"3s\"", "\"5h\"").Replace("\"1500ms\"", "\"3h\"").Replace("\"2s\"", "\"20ms\"")
            .Replace("\"2600us\"", "\"20us\"").Replace("maximum = \"100us\"", "maximum = \"20us\"")
            .Replace("[\"1ms\", \"4ms\"]", "[\"3500us\", \"3900us\"]"));

        var two = Estimate(path, 1);
        var (four, twenty) = (Estimate(path, 1, "driver.buffering=ring", "driver.ring-slots=4"),
            Estimate(path, 1, "driver.buffering=ring", "driver.ring-slots=20"));

        Assert.Equal((RestBasis.Proven, RestBasis.Proven), (two.RestBasis, twenty.RestBasis));
        Assert.InRange(two.Total.Low, 1, 24);
        Assert.All(four.Parts.Take(4), part => Assert.Equal(0, part.WithLoss));
        Assert.InRange(four.Total.PerDay, 1e-9, 1e-2);
        Assert.Equal(0, twenty.Total.PerDay);
        Assert.InRange(twenty.Total.High, 1e-9, 1);
        Assert.True(two.Against(twenty).Worse > 0 && two.Against(twenty).Better == 0);
    }

    // Whoever keeps the processor for D loses D / 10 ms - 1 chunks of it on average if that is more than none, whenever it comes. With D log-normal
    // that is a sum that Black and Scholes made known: 6.8e-5 chunks a day, or 8e-5 since moving a
    // chunk takes 1 or 2 % of the time.
    [Fact]
    public void ARateOfLessThanOneInTenThousandDaysIsMeasuredByTheLongestOccurrencesAndTheOthersAreProven()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("tail.toml", """
            [card.source]
            period = "10ms"
            header-only = true
            [[host.interference]]
            name = "long"
            interval = { exponential = "1h" }
            dpc = { lognormal = "2ms", sigma = 0.4, maximum = "20ms" }
            processor = 0
            [driver]
            buffering = "single"
            """);

        var estimate = Estimate(path, 1, 1e-5);

        Assert.Equal([RestBasis.Proven, RestBasis.Proven, RestBasis.Proven, RestBasis.Counted], estimate.Parts.Take(4).Select(part => part.Basis));
        Assert.InRange(estimate.Total.PerDay, 4e-5, 1.4e-4);
        Assert.True(estimate.Total.Low < 8.5e-5 && estimate.Total.High > 6.8e-5, $"{estimate.Total}");
        Assert.InRange(estimate.Total.High / estimate.Total.Low, 1, 4);
        Assert.InRange(estimate.Days, 500_000, double.MaxValue);
        Assert.InRange(estimate.Occurrences, 2_000, 3_000);
    }

    // Where nothing of it comes to the driver's processor, or the ring outlasts it, no number of occurrences says as much.
    [Theory]
    [InlineData("driver.interrupt-processor=1")]
    [InlineData("driver.dpc-processor=1", "driver.dpc-importance=high")]
    [InlineData("driver.buffering=ring", "driver.ring-slots=8")]
    public void WhatCannotDelayTheDriverForSoLongIsProvenToLoseNothing(params string[] changes)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("one.toml", """
            [card.source]
            period = "10ms"
            header-only = true
            [host]
            processors = 2
            [[host.interference]]
            name = "long"
            interval = { exponential = "1h" }
            dpc = { uniform = ["20ms", "40ms"] }
            processor = 0
            [driver]
            buffering = "single"
            """);

        var (own, changed) = (Estimate(path, 1, 1e-4), Estimate(path, 1, 1e-4, changes));

        Assert.All(own.Parts.Take(4), part => Assert.Equal((RestBasis.Counted, part.Occurrences), (part.Basis, part.WithLoss)));
        Assert.All(changed.Parts.Take(4), part => Assert.Equal((RestBasis.Proven, 0), (part.Basis, part.WithLoss)));
        Assert.InRange(changed.Total.High, 0, 1e-4);
    }

    // The wait of ksoftirqd is no work of a processor's, so that no bound of work says anything of it.
    [Theory]
    [InlineData("windows", null)]
    [InlineData("linux", "ksoftirqd, which waits without the processor being busy")]
    public void UnderLinuxNothingIsProven(string kernel, string? why)
    {
        using var folder = new TemporaryFolder();
        var file = ScenarioFile.Load(folder.Write("one.toml", $"""
            [host]
            kernel = "{kernel}"
            [[host.interference]]
            name = "one"
            interval = "10ms"
            dpc = "10us"
            """));

        var proof = new BusyProof(HostScenario.Read(file), DaqCardOptions.Read(file, 1), []);

        Assert.Equal(why is null, proof.Rest is not null);
        if (why is null) Assert.Null(proof.Why);
        else Assert.EndsWith(why, proof.Why, StringComparison.Ordinal);
    }

    // Playback, faults and sources that end have their own times; what comes seldom and not at random may be in step with others.
    [Theory]
    [InlineData("at = [\"1s\"]", "", "comes at times that the scenario gives")]
    [InlineData("interval = \"1h\"", "", "seldom and not at random")]
    [InlineData("interval = { exponential = \"2ms\" }", "", "nothing in it comes seldom and at random")]
    [InlineData("interval = { exponential = \"1h\" }", "[[host.interference]]\nname = \"machine\"\nplayback = \"m.play\"", "machine is a recording")]
    [InlineData("interval = { exponential = \"1h\" }", "[[card.fault]]\nkind = \"msi-dropped\"\nat = \"1s\"", "its card fails at times")]
    [InlineData("interval = { exponential = \"1h\" }", "[card.source]\nkind = \"file\"\npath = \"m.play\"", "its source ends")]
    [InlineData("interval = { exponential = \"1h\" }", "", null)]
    // Sources that come together are one's occurrences; a lock is simulated as ever.
    [InlineData("interval = { exponential = \"1h\" }", "[[host.interference]]\nname = \"two\"\nfollows = \"one\"\ndpc = \"1ms\"", null)]
    [InlineData("interval = { exponential = \"1h\" }",
        "[[host.interference]]\nname = \"two\"\nfollows = \"one\"\nchance = 1e-3\ndpc = \"1ms\"", null)]
    // What follows something that is not rare comes in the rest, and nothing makes it come more often.
    [InlineData("interval = { exponential = \"1h\" }", Usual + "name = \"two\"\nfollows = \"usual\"\nchance = 1e-3\ndpc = \"1us\"", null)]
    [InlineData("interval = { exponential = \"1h\" }", Usual + "name = \"two\"\nfollows = \"usual\"\nchance = 1e-9\ndpc = \"1us\"",
        "two comes seldom, when it follows usual")]
    [InlineData("interval = { exponential = \"1h\" }", Usual + "name = \"half\"\nfollows = \"usual\"\nchance = 1e-3\ndpc = \"1us\"\n"
        + "[[host.interference]]\nname = \"two\"\nfollows = \"half\"\nchance = 1e-4\ndpc = \"1us\"", "two comes seldom, when it follows half")]
    [InlineData("interval = { exponential = \"1h\" }",
        "[[host.interference]]\nname = \"two\"\ninterval = \"1ms\"\nraised = \"9us\"\nlock = \"l\"", null)]
    public void WhatTheMethodDoesNotHoldForIsSaid(string when, string more, string? why)
    {
        using var folder = new TemporaryFolder();
        using (var playback = File.Create(folder["m.play"])) new PlaybackFile(1, Duration.FromSeconds(1), [], []).Write(playback);
        var file = ScenarioFile.Load(folder.Write("one.toml", $"""
            [run]
            duration = "1h"
            [[host.interference]]
            name = "one"
            {when}
            dpc = "1ms"
            {more}
            """));

        var (plan, reason) = RarePlan.Of(HostScenario.Read(file), DaqCardOptions.Read(file, 1), 0.01, 1, null);

        if (why is null) Assert.Equal(("one", 24.0), (Assert.Single(plan!.Sources).Name, plan.PerDay));
        else Assert.Contains(why, reason, StringComparison.Ordinal);
        Assert.NotEqual(plan is null, reason is null);
    }

    // Where a processor may wait without being busy, work bounds nothing.
    [Theory]
    [InlineData("[[host.interference]]\nname = \"two\"\ninterval = \"1ms\"\nraised = \"9us\"\nlock = \"l\"", "a spin lock makes processors wait")]
    [InlineData("[host.reader]\nrate = \"100 MB/s\"", "the reader takes its time")]
    [InlineData("[driver]\nmoderation-count = 4", "the card holds interrupts back")]
    [InlineData("[[host.interference]]\nname = \"two\"\ninterval = \"10ms\"\ndpc = \"9900us\"", "may well be busy")]
    public void WhatWorkDoesNotBoundIsNotProven(string more, string why)
    {
        using var folder = new TemporaryFolder();
        var file = ScenarioFile.Load(folder.Write("one.toml", $"""
            [[host.interference]]
            name = "one"
            interval = "10ms"
            dpc = "10us"
            {more}
            """));

        var proof = new BusyProof(HostScenario.Read(file), DaqCardOptions.Read(file, 1), []);

        Assert.Null(proof.Rest);
        Assert.Contains(why, proof.Why, StringComparison.Ordinal);
    }

    // What comes of an occurrence must be over when the next one comes.
    [Fact]
    public void OccurrencesThatStillMatterAtTheEndOfTheirWindowAreNotBelieved()
    {
        using var folder = new TemporaryFolder();
        var file = ScenarioFile.Load(folder.Write("small.toml", Scenario));
        var (plan, _) = RarePlan.Of(HostScenario.Read(file.With([])), DaqCardOptions.Read(file.With([]), 1), 1e6, 1, Duration.FromSeconds(2));

        var hasty = plan! with { Window = Duration.FromMilliseconds(3) };
        var (run, failure, unsuited) = new RareRun(hasty, new RunRequest("small.toml", LinkKind.Inproc) { Seed = 1 }, () => file.With([]))
            .Execute(TestContext.Current.CancellationToken);

        Assert.Equal((null, null), (run, failure));
        Assert.Contains("still made it lose data more than half of 3 ms later", unsuited, StringComparison.Ordinal);
    }

    private static (long Lost, double Days) Plain(string path, int seed)
    {
        var report = new InProcessRun(new RunRequest(path, LinkKind.Inproc) { Seed = (ulong)seed }).Execute(TestContext.Current.CancellationToken);
        return (report.CountLost(), report.SimulatedNs / 86_400e9);
    }

    private static RareEstimate Estimate(string path, int seed, params string[] changes) => Estimate(path, seed, 1e6, changes);

    private static RareEstimate Estimate(string path, int seed, double precision, params string[] changes)
    {
        var file = ScenarioFile.Load(path);
        var keys = changes.Select(ScenarioChange.Parse).ToList();
        var (plan, why) = RarePlan.Of(HostScenario.Read(file.With([])), DaqCardOptions.Read(file.With([]), 1), precision, 1,
            Duration.FromSeconds(8));
        Assert.Null(why);
        var (run, failure, unsuited) = new RareRun(plan!, new RunRequest(path, LinkKind.Inproc) { Seed = (ulong)seed }, () => file.With(keys))
            .Execute(TestContext.Current.CancellationToken);
        Assert.Equal((null, null), (failure, unsuited));
        return RareEstimate.Of(plan!.Setting, [run!.Rare!], run.Deadline, null);
    }
}
