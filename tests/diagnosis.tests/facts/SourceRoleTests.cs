using Pcie.Diagnosis.Attribution;
using Pcie.Diagnosis.Verdicts;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Tests.Facts;

/// <summary>A scenario names its sources of interference as it likes; what is the device under study their names do not say.</summary>
public sealed class SourceRoleTests
{
    private const uint Own = 1, Other = 2;

    private readonly TraceRecording recording = new();

    private void Event(long at, TraceKind kind, uint source, long a = 0) =>
        recording.Record(new TraceEvent(SimTime.Zero + Duration.FromMicroseconds(at), kind, 0, TraceSide.Host, source, a, 0));

    private void Served(long at, uint source, long wait)
    {
        Event(at, TraceKind.IsrBegin, source);
        Event(at + 1, TraceKind.DpcQueued, source, a: 1);
        Event(at + 1, TraceKind.DpcQueued, source, a: 0);
        Event(at + 2, TraceKind.IsrEnd, source);
        Event(at + 2 + wait, TraceKind.DpcBegin, source);
        Event(at + 3 + wait, TraceKind.DpcEnd, source);
    }

    [Theory]
    [InlineData("usb message pump")]
    [InlineData("daq message 0")]
    public void AnotherDriverIsNotTakenForTheDeviceWhateverItIsCalled(string other)
    {
        recording.NameSources(TraceSide.Host, [new("-"), new("daq message 0", SourceRole.DeviceMessage), new(other)]);
        Served(0, Own, wait: 10);
        Served(1000, Other, wait: 500);
        Served(2000, Other, wait: 500);

        var explanation = Explanation.OfTrace("sample", recording, new AttributionOptions());

        var summary = Assert.Single(explanation.Attribution.Summaries);
        Assert.Equal(("daq message 0", 1L, Duration.FromMicroseconds(10)), (summary.Source, summary.Runs, summary.Max));
        Assert.Equal(Duration.FromMicroseconds(2), explanation.Attribution.LongestOwn.Isr);
        Assert.Equal(1, explanation.Facts!.Counts.Interrupts.Coalesced);
    }

    [Fact]
    public void AnIsrOfAnotherDriverIsNoInterruptOfTheCard()
    {
        recording.NameSources(TraceSide.Host, [new("-"), new("daq message 0", SourceRole.DeviceMessage), new("usb message pump")]);
        Event(0, TraceKind.ChunkArrived, 0, 7);
        Served(100, Other, wait: 10);
        Served(1000, Own, wait: 10);

        var explanation = Explanation.OfTrace("sample", recording, new AttributionOptions());

        Assert.Equal(Duration.FromMicroseconds(1000), explanation.Facts!.Interrupts.Quiet[0].Length);
    }
}
