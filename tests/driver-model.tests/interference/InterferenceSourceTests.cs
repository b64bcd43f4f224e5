using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Host.Interference;
using Pcie.Host.Kernel;
using Pcie.Random;
using Pcie.Time;

namespace Pcie.DriverModel.Tests.Interference;

public sealed class InterferenceSourceTests
{
    private static readonly Distribution Brief = Distribution.Fixed(new Duration(100));
    private static readonly Distribution Often = Distribution.Fixed(new Duration(10_000));

    private readonly Machine machine = new();

    [Fact]
    public void IsrsComeAtIntervalsOnTheProcessorsInTurnAndQueueTheirDpcAtTheirEnd()
    {
        Add(new InterferenceOptions { Name = "s", Interval = Often, Isr = Brief, Dpc = Brief, Processors = [1, 0] });
        machine.RunTo(30_500);
        Assert.Equal(
            [(10_000L, 1), (10_100, 1), (20_000, 0), (20_100, 0), (30_000, 1), (30_100, 1)],
            Spans.Of(machine).OrderBy(s => s.Begin).Select(s => (s.Begin, s.Processor)));
    }

    [Fact]
    public void ASourceWithoutIsrQueuesItsDpcFromATimer()
    {
        Add(new InterferenceOptions { Name = "s", Interval = Often, Dpc = Brief, Processors = [0], DpcProcessor = 1,
            Importance = DpcImportance.High });
        machine.RunTo(12_000);
        Assert.Equal((1, 11_000), (machine.Span("s").Processor, machine.Span("s").Begin));
    }

    [Fact]
    public void OneOffsComeAtTheirTimesBesidesThePeriodicOnes()
    {
        Add(new InterferenceOptions
        {
            Name = "s", Interval = Often, At = [new Duration(3_000), new Duration(14_000)], Isr = Brief, Processors = [0],
        });
        machine.RunTo(25_000);
        Assert.Equal([3_000, 10_000, 14_000, 20_000], machine.Begins("s"));
    }

    [Fact]
    public void AThreadTakesWhatOthersLeave()
    {
        Add(new InterferenceOptions { Name = "s", At = [new Duration(1_000)], Thread = Distribution.Fixed(new Duration(5_000)),
            Processors = [0] });
        var ended = 0L;
        machine.At(2_000, () => machine[0].RunThread(() =>
        {
            ended = machine.Timeline.Now.Nanoseconds;
            return ValueTask.CompletedTask;
        }));
        machine.RunTo(100_000);
        Assert.Equal(6_000, ended);
    }

    [Fact]
    public void OneSourceMoreDoesNotChangeWhenOthersCome()
    {
        var random = new InterferenceOptions
        {
            Name = "s", Interval = Distribution.Exponential(new Duration(50_000)), Dpc = Brief, Processors = [0],
        };
        var other = new Machine();
        _ = new InterferenceSource(random with { Name = "another", Processors = [1] }, other.Kernel, 7);
        _ = new InterferenceSource(random, other.Kernel, 7);
        Add(random);
        machine.RunTo(5_000_000);
        other.RunTo(5_000_000);
        Assert.InRange(machine.Begins("s").Length, 50, 150);
        Assert.Equal(machine.Begins("s"), other.Begins("s"));
    }

    private void Add(InterferenceOptions options) => _ = new InterferenceSource(options, machine.Kernel, 7);
}
