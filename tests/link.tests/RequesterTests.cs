using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Tests;

public sealed class RequesterTests : ITlpSender, IRequestCompleter
{
    private static readonly Duration Timeout = Duration.FromMilliseconds(50);
    private static readonly Tlp Read = Tlp.Request(TlpKind.MemoryRead, 0x1000, 4);
    private static readonly byte[] Dword = [1, 2, 3, 4];

    private readonly Timeline timeline = new();
    private readonly Requester requester;
    private readonly List<Tlp> sent = [];
    private readonly List<(int Cookie, RequestOutcome Outcome, string Bytes, SimTime At)> completed = [];

    public RequesterTests() => requester = new Requester(timeline, this, Timeout);

    [Fact]
    public void EachRequestHasATagOfItsOwnAndItsCompleterHearsOfIt()
    {
        Send(0);
        Send(1);
        Assert.NotEqual(sent[0].Tag, sent[1].Tag);
        Answer(sent[1], [5, 6, 7, 8]);
        Answer(sent[0], Dword);
        Assert.Equal([(1, RequestOutcome.Successful, "05060708", SimTime.Zero), (0, RequestOutcome.Successful, "01020304", SimTime.Zero)], completed);
        Assert.Equal((0, 0L, 0L), (requester.InFlight, requester.TimedOut, requester.UnexpectedCompletions));
    }

    [Fact]
    public void ARefusalIsAnOutcomeWithoutData()
    {
        Send(0);
        Send(1);
        requester.Complete(Tlp.CompletionOf(sent[0], CompletionStatus.UnsupportedRequest), []);
        requester.Complete(Tlp.CompletionOf(sent[1], CompletionStatus.CompleterAbort), []);
        Assert.Equal([(0, RequestOutcome.UnsupportedRequest, "", SimTime.Zero), (1, RequestOutcome.CompleterAbort, "", SimTime.Zero)], completed);
    }

    [Fact]
    public void AConfigurationWriteIsAnsweredWithoutData()
    {
        Assert.True(requester.TrySend(Tlp.Request(TlpKind.ConfigWrite, 4, 4), Dword, this, 3));
        requester.Complete(Tlp.CompletionOf(sent[0], CompletionStatus.Successful), []);
        Assert.Equal([(3, RequestOutcome.Successful, "", SimTime.Zero)], completed);
    }

    [Fact]
    public void WhatIsNotAnsweredInTimeTimesOutAtItsOwnTime()
    {
        Send(0);
        timeline.AdvanceTo(new SimTime(1000));
        Send(1);
        timeline.AdvanceTo(new SimTime(2000));
        Send(2);
        Answer(sent[1], Dword);
        completed.Clear();
        timeline.RunBefore(SimTime.Never);
        Assert.Equal(
        [
            (0, RequestOutcome.TimedOut, "", SimTime.Zero + Timeout),
            (2, RequestOutcome.TimedOut, "", new SimTime(2000) + Timeout),
        ], completed);
        Assert.Equal((0, 2L), (requester.InFlight, requester.TimedOut));
    }

    [Fact]
    public void AnAnswerLeavesNoDeadlineBehind()
    {
        Send(0);
        Answer(sent[0], Dword);
        Assert.Equal(SimTime.Never, timeline.NextDue);
    }

    [Fact]
    public void CompletionsNobodyWaitsForAreCountedAndChangeNothing()
    {
        Send(0);
        requester.Complete(Tlp.CompletionOf(sent[0] with { Tag = (ushort)(sent[0].Tag + 1) }, CompletionStatus.Successful), Dword);
        requester.Complete(Tlp.CompletionOf(sent[0] with { Tag = Requester.MaxOutstanding }, CompletionStatus.Successful), Dword);
        requester.Complete(Tlp.CompletionOf(sent[0] with { Tag = ushort.MaxValue }, CompletionStatus.UnsupportedRequest), []);
        Assert.Empty(completed);
        Assert.Equal((1, 3L), (requester.InFlight, requester.UnexpectedCompletions));
    }

    [Fact]
    public void ALateOrRepeatedCompletionIsCounted()
    {
        Send(0);
        timeline.RunBefore(SimTime.Never);
        Answer(sent[0], Dword);
        Send(1);
        Answer(sent[1], Dword);
        Answer(sent[1], Dword);
        Assert.Equal([RequestOutcome.TimedOut, RequestOutcome.Successful], completed.Select(c => c.Outcome));
        Assert.Equal(2, requester.UnexpectedCompletions);
    }

    [Fact]
    public void DataOfAnotherLengthIsNoAnswer()
    {
        Send(0);
        Answer(sent[0], []);
        Answer(sent[0], new byte[8]);
        Assert.Empty(completed);
        Assert.Equal((1, 2L), (requester.InFlight, requester.UnexpectedCompletions));
    }

    [Fact]
    public void AFreedTagRestsUntilTheOthersHaveBeenUsed()
    {
        for (var i = 0; i < Requester.MaxOutstanding; i++)
        {
            Send(i);
            Answer(sent[i], Dword);
        }
        Assert.Equal(Requester.MaxOutstanding, sent.Select(tlp => tlp.Tag).Distinct().Count());
    }

    [Fact]
    public void WithAllTagsInFlightNothingIsSent()
    {
        for (var i = 0; i < Requester.MaxOutstanding; i++) Send(i);
        Assert.Equal(Requester.MaxOutstanding, sent.Select(tlp => tlp.Tag).Distinct().Count());
        Assert.False(requester.TrySend(Read, [], this, 0));
        Assert.Equal(Requester.MaxOutstanding, sent.Count);
        Answer(sent[17], Dword);
        Send(999);
        Assert.Equal(sent[17].Tag, sent[^1].Tag);
    }

    [Fact]
    public void FailAllEndsEveryRequestInTheOrderOfTags()
    {
        for (var i = 0; i < 5; i++) Send(i);
        Answer(sent[2], Dword);
        completed.Clear();
        requester.FailAll(RequestOutcome.LinkDown);
        Assert.Equal([0, 1, 3, 4], completed.Select(c => c.Cookie));
        Assert.All(completed, c => Assert.Equal(RequestOutcome.LinkDown, c.Outcome));
        Assert.Equal((0, SimTime.Never, 0L), (requester.InFlight, timeline.NextDue, requester.TimedOut));
    }

    [Fact]
    public void ACompleterMayAskAgainAtOnce()
    {
        var again = new AskingAgain(this);
        Assert.True(requester.TrySend(Read, [], again, 0));
        timeline.RunNext();
        Assert.Equal((1, 1L), (requester.InFlight, requester.TimedOut));
        Answer(sent[1], Dword);
        Assert.Equal([(7, RequestOutcome.Successful, "01020304", SimTime.Zero + Timeout)], completed);
        Assert.Equal(SimTime.Never, timeline.NextDue);
    }

    void ITlpSender.Send(in Tlp tlp, ReadOnlySpan<byte> payload) => sent.Add(tlp);

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes) =>
        completed.Add((cookie, outcome, Convert.ToHexString(bytes), timeline.Now));

    private void Send(int cookie) => Assert.True(requester.TrySend(Read, [], this, cookie));

    private void Answer(in Tlp request, byte[] bytes) =>
        requester.Complete(Tlp.CompletionOf(request, CompletionStatus.Successful), bytes);

    private sealed class AskingAgain(RequesterTests test) : IRequestCompleter
    {
        public void RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes) => test.Send(7);
    }
}
