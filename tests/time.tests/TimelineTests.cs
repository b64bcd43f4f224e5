using CsCheck;

namespace Pcie.Time.Tests;

public sealed class TimelineTests
{
    [Fact]
    public void EventsOfOneTimeRunInTheOrderOfScheduling()
    {
        var (timeline, log) = (new Timeline(), new Log());
        var events = Enumerable.Range(0, 9).Select(tag => timeline.CreateEvent(log, tag)).ToArray();
        foreach (var tag in new[] { 3, 1, 4, 0, 5, 8, 2, 6, 7 }) events[tag].Schedule(new SimTime(10));
        // Moving an event, even to where it was, schedules it anew.
        events[4].Schedule(new SimTime(10));
        timeline.RunBefore(new SimTime(11));
        Assert.Equal([3, 1, 0, 5, 8, 2, 6, 7, 4], log.Tags);
    }

    [Fact]
    public void ArrivalsRunBeforeOwnEventsOfTheirTime()
    {
        var (timeline, log) = (new Timeline(), new Log());
        var (own, arrival) = (timeline.CreateEvent(log, 1), timeline.CreateArrivalEvent(log, 2));
        own.Schedule(new SimTime(10));
        arrival.Schedule(new SimTime(10));
        timeline.RunBefore(new SimTime(11));
        Assert.Equal([2, 1], log.Tags);
    }

    [Fact]
    public void TheHorizonItselfIsNotRun()
    {
        var (timeline, log) = (new Timeline(), new Log());
        timeline.CreateEvent(log, 1).Schedule(new SimTime(10));
        timeline.RunBefore(new SimTime(10));
        Assert.Empty(log.Tags);
        Assert.Equal(SimTime.Zero, timeline.Now);
        timeline.RunBefore(new SimTime(11));
        Assert.Equal([1], log.Tags);
        Assert.Equal(new SimTime(10), timeline.Now);
    }

    [Theory]
    [InlineData(19, 2, true, "Nothing comes before.")]
    [InlineData(20, 2, false, "Another event does, or may.")]
    [InlineData(19, 3, false, "So many events are not to run.")]
    public void AnEventPassesWhatNothingComesBefore(long until, int events, bool passes, string why)
    {
        var (timeline, log) = (new Timeline(), new Log());
        timeline.CreateEvent(log, 1).Schedule(new SimTime(20));
        var passed = false;
        timeline.CreateEvent(new Action(() => passed = timeline.TryPass(new SimTime(until), events))).Schedule(new SimTime(10));
        Assert.Equal(passes ? 3 : 2, timeline.RunBefore(new SimTime(21), most: 3));
        Assert.True(passed == passes, why);
        Assert.Equal(passes ? 0 : 1, log.Tags.Count);
    }

    [Fact]
    public void NothingPassesTheHorizonOrWhatHasBecomeOfIt()
    {
        var timeline = new Timeline();
        var passed = new List<bool>();
        var e = timeline.CreateEvent(new Action(() =>
        {
            passed.Add(timeline.TryPass(new SimTime(30), 1));
            passed.Add(timeline.TryPass(new SimTime(29), 1));
            timeline.Bound(new SimTime(20));
            passed.Add(timeline.TryPass(new SimTime(20), 1));
            passed.Add(timeline.TryPass(new SimTime(19), 1));
        }));
        e.Schedule(new SimTime(10));
        timeline.RunBefore(new SimTime(30));
        Assert.Equal([false, true, false, true], passed);
        // As if the last of them had been scheduled, and run.
        Assert.Equal((3L, new SimTime(19)), (timeline.EventsRun, timeline.Now));
    }

    [Fact]
    public void NothingPassesWhereEventsAreRunOneByOne()
    {
        var timeline = new Timeline();
        var passed = true;
        timeline.CreateEvent(new Action(() => passed = timeline.TryPass(new SimTime(11), 1))).Schedule(new SimTime(10));
        timeline.RunNext();
        Assert.False(passed);
    }

    [Fact]
    public void ABoundEndsTheRun()
    {
        var (timeline, log) = (new Timeline(), new Log());
        timeline.CreateEvent(new Action(() => timeline.Bound(SimTime.Zero))).Schedule(new SimTime(10));
        timeline.CreateEvent(log, 1).Schedule(new SimTime(11));
        Assert.Equal(1, timeline.RunBefore(SimTime.Never));
        Assert.Equal(1, timeline.RunBefore(SimTime.Never));
        Assert.Equal([1], log.Tags);
    }

    [Fact]
    public void NothingIsScheduledInThePast()
    {
        var (timeline, log) = (new Timeline(), new Log());
        var e = timeline.CreateEvent(log);
        e.Schedule(new SimTime(10));
        timeline.RunNext();
        Assert.Throws<InvalidOperationException>(() => e.Schedule(new SimTime(9)));
        e.Schedule(new SimTime(10));
        Assert.Equal(new SimTime(10), e.DueAt);
    }

    [Fact]
    public void RunningWithNothingScheduledIsRefused() => Assert.Throws<InvalidOperationException>(new Timeline().RunNext);

    [Fact]
    public void TheClockAdvancesUpToTheNextEventAndNeverBack()
    {
        var (timeline, log) = (new Timeline(), new Log());
        timeline.AdvanceTo(new SimTime(5));
        Assert.Equal(new SimTime(5), timeline.Now);
        timeline.AdvanceTo(new SimTime(4));
        Assert.Equal(new SimTime(5), timeline.Now);
        timeline.CreateEvent(log).Schedule(new SimTime(10));
        timeline.AdvanceTo(new SimTime(20));
        Assert.Equal(new SimTime(10), timeline.Now);
    }

    [Fact]
    public void SpeechIsPossibleFromTheEarliestEventThatIsNotSilent()
    {
        var (timeline, log) = (new Timeline(), new Log());
        Assert.Equal(SimTime.Never, timeline.EarliestSend);
        timeline.CreateEvent(log, lookahead: Duration.Max).Schedule(new SimTime(1));
        Assert.Equal(SimTime.Never, timeline.EarliestSend);
        timeline.CreateEvent(log, lookahead: new Duration(100)).Schedule(new SimTime(3));
        timeline.CreateEvent(log).Schedule(new SimTime(150));
        Assert.Equal(new SimTime(103), timeline.EarliestSend);
    }

    [Fact]
    public void AnEventThatRunsIsNotScheduledAnyMore()
    {
        var timeline = new Timeline();
        TimelineEvent? running = null;
        var seen = new List<(bool, SimTime, SimTime, SimTime)>();
        running = timeline.CreateEvent(new Action(() =>
            seen.Add((running!.IsScheduled, running.DueAt, timeline.NextDue, timeline.EarliestSend))));
        var other = timeline.CreateEvent(new Log());
        running.Schedule(new SimTime(10));
        timeline.RunNext();
        running.Schedule(new SimTime(20));
        other.Schedule(new SimTime(30));
        timeline.RunNext();
        Assert.Equal([(false, SimTime.Never, SimTime.Never, SimTime.Never), (false, SimTime.Never, new(30), new(30))], seen);
    }

    // One program, two timelines: the real one, and a list that is searched for its smallest. Every event due does the next few things of the
    // program too, so that events are scheduled, moved and cancelled from within others and from within themselves.
    [Fact]
    public void TheTimelineDoesWhatASearchedListDoes() =>
        Gen.Select(Gen.Int[0, 11], Gen.Int[0, 9], Gen.Long[0, 6]).Array[0, 150].Sample(program =>
        {
            var (timeline, list) = (new TimelineRun(), new ListRun());
            timeline.Run(program);
            list.Run(program);
            Assert.Equal(list.Seen, timeline.Seen);
        }, iter: 2000);

    [Fact]
    public void SchedulingAndRunningAllocateNothing()
    {
        var timeline = new Timeline();
        TimelineEvent[] events = [];
        var next = 0;
        var target = new Action(() => events[next++ % 100].ScheduleAfter(new Duration(next % 7)));
        events = [.. Enumerable.Range(0, 100).Select(_ => timeline.CreateEvent(target))];
        Run();
        var before = GC.GetAllocatedBytesForCurrentThread();
        Run();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void Run()
        {
            foreach (var e in events) e.ScheduleAfter(new Duration(3));
            for (var i = 0; i < 1000 && timeline.NextDue != SimTime.Never; i++) timeline.RunNext();
        }
    }

    private sealed class Log : ITimelineTarget
    {
        public List<int> Tags { get; } = [];
        public void Due(int tag) => Tags.Add(tag);
    }

    private sealed class Action(System.Action due) : ITimelineTarget
    {
        public void Due(int tag) => due();
    }

    private abstract class ProgramRun
    {
        // Events of these numbers are arrivals.
        protected const int FirstArrival = 8, Events = 10;

        private (int Kind, int Event, long Delay)[] program = [];
        private int step;

        public List<string> Seen { get; } = [];

        public void Run((int Kind, int Event, long Delay)[] steps)
        {
            program = steps;
            while (step < program.Length) Step(inside: false);
            while (Next != SimTime.Never) RunOne();
        }

        protected void Due(int tag)
        {
            Seen.Add($"{tag} due at {Now}");
            // As many things as the event's number says, within this one.
            for (var i = 0; i <= tag % 3 && step < program.Length; i++) Step(inside: true);
        }

        private void Step(bool inside)
        {
            var (kind, e, delay) = program[step++];
            switch (kind)
            {
                case < 6:
                    Schedule(e, Now + new Duration(delay));
                    break;
                case < 8:
                    Cancel(e);
                    break;
                case 8:
                    Schedule(e, SimTime.Never);
                    break;
                default:
                    if (!inside && Next != SimTime.Never) RunOne();
                    break;
            }
            // To ask what comes next settles what an event that runs has left open: not always.
            if (delay % 2 == 0) Seen.Add(Describe());
        }

        private string Describe() => $"next {Next}: {string.Join(' ', Enumerable.Range(0, Events).Select(DueAt))}";

        protected abstract SimTime Now { get; }
        protected abstract SimTime Next { get; }
        protected abstract SimTime DueAt(int e);
        protected abstract void Schedule(int e, SimTime at);
        protected abstract void Cancel(int e);
        protected abstract void RunOne();
    }

    private sealed class TimelineRun : ProgramRun, ITimelineTarget
    {
        private readonly Timeline timeline = new();
        private readonly TimelineEvent[] events;

        public TimelineRun() => events =
            [.. Enumerable.Range(0, Events).Select(i => i < FirstArrival ? timeline.CreateEvent(this, i) : timeline.CreateArrivalEvent(this, i))];

        protected override SimTime Now => timeline.Now;
        protected override SimTime Next => timeline.NextDue;
        protected override SimTime DueAt(int e) => events[e].DueAt;
        protected override void Schedule(int e, SimTime at) => events[e].Schedule(at);
        protected override void Cancel(int e) => events[e].Cancel();
        protected override void RunOne() => timeline.RunNext();
        void ITimelineTarget.Due(int tag) => Due(tag);
    }

    private sealed class ListRun : ProgramRun
    {
        private readonly List<(SimTime At, bool Own, int Order, int Event)> scheduled = [];
        private SimTime now;
        private int order;

        protected override SimTime Now => now;
        protected override SimTime Next => scheduled.Count == 0 ? SimTime.Never : scheduled.Min().At;

        protected override SimTime DueAt(int e) => scheduled.FindIndex(entry => entry.Event == e) is >= 0 and var i ? scheduled[i].At : SimTime.Never;

        protected override void Schedule(int e, SimTime at)
        {
            Cancel(e);
            // Of arrivals the order of creation counts.
            if (at != SimTime.Never) scheduled.Add((at, e < FirstArrival, e < FirstArrival ? order++ : e, e));
        }

        protected override void Cancel(int e) => scheduled.RemoveAll(entry => entry.Event == e);

        protected override void RunOne()
        {
            var first = scheduled.Min();
            scheduled.Remove(first);
            now = first.At;
            Due(first.Event);
        }
    }
}
