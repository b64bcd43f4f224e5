using Pcie.Diagnosis.Facts;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Tests.Facts;

/// <summary>The host's side of a trace, in microseconds; the card's message is source 1.</summary>
public sealed class InterruptFactsTests
{
    private readonly InterruptFacts facts = new([new("-"), new("card message 0", SourceRole.DeviceMessage), new("usb message pump")]);

    private void Event(long at, TraceKind kind, uint source = 1, long a = 0, long b = 0) =>
        facts.Record(new TraceEvent(SimTime.Zero + Duration.FromMicroseconds(at), kind, 0, TraceSide.Host, source, a, b));

    private void Served(long at, long chunk)
    {
        Event(at, TraceKind.IsrBegin);
        Event(at + 1, TraceKind.DpcQueued, a: 1);
        Event(at + 1, TraceKind.IsrEnd);
        Event(at + 2, TraceKind.DpcBegin);
        Event(at + 5, TraceKind.ChunkCopied, 0, chunk);
        Event(at + 6, TraceKind.DpcEnd);
    }

    private QuietWait OnlyQuiet()
    {
        facts.End();
        return Assert.Single(facts.Quiet);
    }

    [Fact]
    public void AChunkWhoseInterruptComesRightBehindItWaitsForNobody()
    {
        for (var chunk = 0; chunk < 5; chunk++)
        {
            Event(1000 * chunk, TraceKind.ChunkArrived, 0, chunk);
            Served(1000 * chunk + 1, chunk);
        }
        facts.End();
        Assert.Empty(facts.Quiet);
    }

    // The event came after the driver's last look at the cause, and before it armed the interrupt again.
    [Fact]
    public void AnEventThatIsForgottenWaitsForTheNext()
    {
        Event(0, TraceKind.ChunkArrived, 0, 0);
        Event(1, TraceKind.IsrBegin);
        Event(2, TraceKind.DpcQueued, a: 1);
        Event(2, TraceKind.IsrEnd);
        Event(3, TraceKind.DpcBegin);
        Event(4, TraceKind.ChunkCopied, 0, 0);
        Event(5, TraceKind.ChunkArrived, 0, 1);
        Event(10, TraceKind.DpcEnd);
        Event(1000, TraceKind.ChunkArrived, 0, 2);
        Served(1001, 2);
        var quiet = OnlyQuiet();
        Assert.Equal((1L, false, QuietEnd.NextEvent), (quiet.Chunk, quiet.WasLeft, quiet.End));
        Assert.Equal(Duration.FromMicroseconds(991), quiet.Length);
    }

    [Fact]
    public void AMessageForWhichNothingNewHappenedCameLate()
    {
        Event(0, TraceKind.ChunkArrived, 0, 0);
        Served(300, 0);
        Assert.Equal(QuietEnd.LateMessage, OnlyQuiet().End);
    }

    // Messages keep their order: while one is late others come about, and in the end there are as many ISRs as chunks.
    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void SoDoSeveralBehindEachOtherIfAllCome(int late)
    {
        for (var chunk = 0; chunk < late; chunk++) Event(1000 * chunk, TraceKind.ChunkArrived, 0, chunk);
        Served(1000 * late - 900, 0);
        Event(1000 * late - 890, TraceKind.ChunkCopied, 0, late - 1);
        for (var chunk = 1; chunk < late; chunk++) Served(1000 * late - 880 + 10 * chunk, late - 1);
        Assert.Equal(QuietEnd.LateMessage, OnlyQuiet().End);
    }

    [Fact]
    public void WhatADpcLeftIsNotTheInterruptsFault()
    {
        Event(0, TraceKind.ChunkArrived, 0, 0);
        Event(0, TraceKind.ChunkArrived, 0, 1);
        Served(1, 0);
        Event(1000, TraceKind.ChunkArrived, 0, 2);
        Served(1001, 2);
        Assert.True(OnlyQuiet().WasLeft);
    }

    [Fact]
    public void WithoutAnyFurtherInterruptItLastsToTheEnd()
    {
        Event(0, TraceKind.ChunkArrived, 0, 0);
        Served(1, 0);
        for (var chunk = 1; chunk < 5; chunk++) Event(1000 * chunk, TraceKind.ChunkArrived, 0, chunk);
        var quiet = OnlyQuiet();
        Assert.Equal((QuietEnd.EndOfTrace, 1L, 3L), (quiet.End, quiet.Chunk, quiet.Events));
    }

    // With one slot each chunk destroys the one before.
    [Fact]
    public void ThatChunksAreDestroyedIsNoInterruptForThem()
    {
        Event(0, TraceKind.ChunkArrived, 0, 0);
        Served(1, 0);
        for (var chunk = 1; chunk < 5; chunk++)
        {
            if (chunk > 1) Event(1000 * chunk - 10, TraceKind.Overrun, 0, chunk - 1);
            Event(1000 * chunk, TraceKind.ChunkArrived, 0, chunk);
        }
        var quiet = OnlyQuiet();
        Assert.Equal((QuietEnd.EndOfTrace, 1L, 6L), (quiet.End, quiet.Chunk, quiet.Events));
    }

    [Theory]
    [InlineData(200, 0)]
    [InlineData(50, 1)]
    public void TheCardMayHoldInterruptsBackForAsLongAsItWasAskedTo(long microseconds, int quiet)
    {
        Event(0, TraceKind.ModerationAsked, 0, 4, microseconds * 1000);
        Event(1, TraceKind.ChunkArrived, 0, 0);
        Served(151, 0);
        facts.End();
        Assert.Equal(quiet, facts.Quiet.Count);
    }

    [Fact]
    public void AfterAGapNothingIsKnownUntilADpcHasEnded()
    {
        Event(0, TraceKind.EventsOmitted, 0, 100);
        Event(1, TraceKind.ChunkArrived, 0, 7);
        Event(900, TraceKind.ChunkCopied, 0, 7);
        Event(901, TraceKind.DpcEnd);
        facts.End();
        Assert.Empty(facts.Quiet);
    }
}
