using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Tests;

public sealed class FloodTests
{
    [Fact]
    public void AnEngineWhosePeerTakesNothingCanStillBeLookedInto()
    {
        var (host, device) = InProcessTransport.CreatePair();
        var timeline = new Timeline();
        var session = new DeviceSession(timeline, device, new LinkSessionOptions(Pacing.WallClock, LatencyRange.Default));
        using var full = new ManualResetEventSlim();
        var source = new Source(timeline, session, full);
        using var cancellation = new CancellationTokenSource();
        var engine = new Thread(() => session.Run(cancellation.Token)) { IsBackground = true };
        engine.Start();
        Assert.True(full.Wait(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken));

        // Ten times, with the queue full: were the lock held while the engine waits for credit, this would never return. The engine looks
        // for credit after each step of a millisecond, which is 101 writes with those at both ends, and the steps before may have made fifteen.
        for (var i = 0; i < 10; i++)
            lock (session.EngineLock) Assert.InRange(source.Sent, 16, 116);
        host.Close(new LinkDown(LinkDownReason.Detached, "enough"));
        engine.Join();
        Assert.Equal(LinkDownReason.Detached, session.Down!.Reason);
    }

    [Fact]
    public void APeerThatAsksWithoutTakingTheAnswersIsLeftBeforeMemoryRunsOut()
    {
        var (host, device) = InProcessTransport.CreatePair();
        for (var i = 0; i <= 64 * 256; i++) device.Post(device.Pool.Rent());

        Assert.Equal(LinkDownReason.ProtocolError, device.Down!.Reason);
        Assert.Contains("asks without taking the answers", device.Down.Message, StringComparison.Ordinal);
        Assert.NotNull(host.Down);
        Assert.Equal(1, device.FramesDiscarded);
    }

    // link.proto, Frame.tlps: stamps do not decrease, from one frame to the next either; an engine that let it pass would go back in time.
    [Fact]
    public void AFrameStampedBeforeTheOneAheadOfItEndsTheSession()
    {
        var device = new DirectTransport();
        var host = device.CreateHostEnd(static () => { });
        var session = new DeviceSession(new Timeline(), device, new LinkSessionOptions(Pacing.FreeRunning, new Duration(500)));

        Send(host, at: 9_000);
        Send(host, at: 8_000);
        session.ServePending();

        Assert.Equal(LinkDownReason.ProtocolError, session.Down!.Reason);
        Assert.Contains("follows one stamped", session.Down.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void FramesThatAreStampedForLaterAndNeverArriveAreLimited()
    {
        var device = new DirectTransport();
        var host = device.CreateHostEnd(static () => { });
        var session = new DeviceSession(new Timeline(), device, new LinkSessionOptions(Pacing.FreeRunning, new Duration(500)));
        var sent = 0;
        for (; session.Down is null && sent <= 64 * 256; sent++)
        {
            Send(host, at: 1_000_000_000);
            session.ServePending();
        }

        Assert.Equal(64 * 256 + 1, sent);
        Assert.Equal(LinkDownReason.ProtocolError, session.Down!.Reason);
        Assert.Contains("sent ahead of time", session.Down.Message, StringComparison.Ordinal);
    }

    private static void Send(DirectTransport host, long at)
    {
        var frame = host.Pool.Rent();
        frame.Add(Tlp.Request(TlpKind.MemoryRead, 0x1000, 4) with { SentAt = new SimTime(at) }, default);
        host.Send(frame);
    }

    // A megabyte every 10 µs: the peer's credit is used up after sixteen.
    private sealed class Source : ITimelineTarget
    {
        private readonly byte[] megabyte = new byte[1 << 20];
        private readonly TimelineEvent due;
        private readonly Timeline timeline;
        private readonly DeviceSession session;
        private readonly ManualResetEventSlim full;

        public Source(Timeline timeline, DeviceSession session, ManualResetEventSlim full)
        {
            (this.timeline, this.session, this.full) = (timeline, session, full);
            due = timeline.CreateEvent(this);
            due.Schedule(timeline.Now + new Duration(10_000));
        }

        public int Sent { get; private set; }

        public void Due(int tag)
        {
            session.Send(Tlp.Request(TlpKind.MemoryWrite, 0x100000, megabyte.Length), megabyte);
            if (++Sent == 16) full.Set();
            due.Schedule(timeline.Now + new Duration(10_000));
        }
    }
}
