using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Tests;

/// <summary>
/// A device that has more data to send than a frame holds, and no interrupt that would stop it: host -> asks once, device -> writes on.
/// </summary>
public sealed class LargeReplyTests
{
    private const int WriteLength = 4 << 20;
    private const int Writes = 12;

    [Fact]
    public void DataThatDoesNotFitIntoOneReplyComesInSeveralAndAReadInBetweenIsAnsweredInTime()
    {
        var deviceEnd = new DirectTransport();
        var options = new LinkSessionOptions(Pacing.FreeRunning, new Duration(500));
        var deviceTime = new Timeline();
        var device = new DeviceSession(deviceTime, deviceEnd, options);
        device.Receiver = new Writer(deviceTime, device);
        var hostEnd = deviceEnd.CreateHostEnd(device.ServePending);
        var hostTime = new Timeline();
        var arrivals = new Arrivals(hostTime);
        var host = new HostSession(hostTime, hostEnd, options) { Receiver = arrivals };
        arrivals.Link = host;

        host.Run(SimTime.Zero + Duration.FromSeconds(1), TestContext.Current.CancellationToken);

        Assert.Null(host.Down);
        Assert.Null(device.Down);
        Assert.Equal(Enumerable.Range(1, Writes).Select(i => new SimTime(i * 1_000_000L + 500)), arrivals.Times);
        Assert.Equal(arrivals.Times[0] + new Duration(1_000), arrivals.Answered);
        Assert.True(host.RoundTrips < 3 * Writes, $"{host.RoundTrips} round trips");
    }

    private sealed class Writer : ITimelineTarget, ITlpReceiver
    {
        private readonly byte[] data = new byte[WriteLength];
        private readonly DeviceSession link;
        private readonly TimelineEvent next;
        private int written;

        public Writer(Timeline timeline, DeviceSession link)
        {
            this.link = link;
            next = timeline.CreateEvent(this);
            next.Schedule(new SimTime(1_000_000));
        }

        public void Due(int tag)
        {
            link.Send(Tlp.Request(TlpKind.MemoryWrite, 0x1000, WriteLength), data);
            if (++written < Writes) next.ScheduleAfter(new Duration(1_000_000));
        }

        public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload) =>
            link.Send(Tlp.CompletionOf(tlp, CompletionStatus.Successful), [1, 2, 3, 4]);

        public void LinkWentDown(LinkDown down)
        {
        }
    }

    // Reads from the device at the first arrival, and has events of its own, which a stale promise would let run on.
    private sealed class Arrivals : ITlpReceiver, ITimelineTarget
    {
        private readonly Timeline timeline;
        private readonly TimelineEvent tick;

        public Arrivals(Timeline timeline)
        {
            this.timeline = timeline;
            tick = timeline.CreateEvent(this);
        }

        public HostSession? Link { get; set; }
        public List<SimTime> Times { get; } = [];
        public SimTime Answered { get; private set; }

        public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
        {
            if (tlp.Kind == TlpKind.Completion)
            {
                Answered = timeline.Now;
                return;
            }
            Times.Add(timeline.Now);
            if (Times.Count > 1) return;
            Link!.Send(Tlp.Request(TlpKind.MemoryRead, 0x2000, 4), default);
            tick.ScheduleAfter(new Duration(100));
        }

        public void Due(int tag)
        {
            if (timeline.Now < new SimTime(2_000_000)) tick.ScheduleAfter(new Duration(100));
        }

        public void LinkWentDown(LinkDown down)
        {
        }
    }
}
