using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Tests;

/// <summary>An engine that cannot keep up with the wall clock.</summary>
public sealed class LateEngineTests
{
    [Fact]
    public void AnEngineThatIsLateLooksAtWhatHasArrivedAfterEachMillisecondThatItCatchesUp()
    {
        var (host, device) = InProcessTransport.CreatePair();
        var timeline = new Timeline();
        // Ten thousand simulated seconds a second, with an event in each microsecond: no machine keeps up.
        var session = new DeviceSession(timeline, device, new LinkSessionOptions(Pacing.WallClock, new Duration(500), TimeScale: 10_000));
        var source = new BusySource(timeline, host);
        session.Receiver = source;

        session.Run(TestContext.Current.CancellationToken);

        Assert.InRange(source.EventsUntilItArrived, 1, 2_000);
    }

    /// <summary>Sends the engine it runs on a request from outside, in the middle of its work, and counts until that arrives.</summary>
    private sealed class BusySource : ITimelineTarget, ITlpReceiver
    {
        private const int SendAt = 100_000;
        private static readonly Duration Period = new(1_000);

        private readonly InProcessTransport host;
        private readonly Timeline timeline;
        private readonly TimelineEvent next;
        private int events;

        public BusySource(Timeline timeline, InProcessTransport host)
        {
            (this.timeline, this.host) = (timeline, host);
            next = timeline.CreateEvent(this);
            next.Schedule(timeline.Now + Period);
        }

        public int EventsUntilItArrived { get; private set; }

        public void Due(int tag)
        {
            // It has an end, so that an engine that looks too late still looks.
            if (++events < 10 * SendAt) next.Schedule(timeline.Now + Period);
            if (events != SendAt) return;
            var frame = host.Pool.Rent();
            frame.Add(Tlp.Request(TlpKind.MemoryRead, 0x1000, 4), default);
            host.Send(frame);
        }

        public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
        {
            EventsUntilItArrived = events - SendAt;
            host.Dispose();
        }

        public void LinkWentDown(LinkDown down) => next.Cancel();
    }
}
