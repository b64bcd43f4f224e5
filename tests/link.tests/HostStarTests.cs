using CsCheck;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Tests;

/// <summary>
/// A host between devices that it makes speak to each other, against the same events in one queue:
/// <code>
/// device 0 ══╗
/// device 1 ══╬══ HostStar: what arrives from one may have it write to another
/// device 2 ══╝
/// </code>
/// </summary>
public sealed class HostStarTests
{
    private static readonly Duration Latency = new(500);
    private static readonly SimTime End = new(200_000);

    [Fact]
    public void AnyStarDoesWhatOneQueueOfAllEventsDoes() =>
        Gen.Int[1, 5].Select(Gen.ULong).Sample((devices, seed) =>
        {
            Assert.Equal(Reference.Run(devices, seed), Star.Run(devices, seed).Log);
        }, iter: 300);

    [Fact]
    public void ADeviceThatHasNothingToSayIsHardlyAsked()
    {
        var (_, talking) = Star.Run(2, seed: 3);
        var (_, withSilent) = Star.Run(2, seed: 3, silent: 3);

        Assert.InRange(withSilent, talking, talking + 3 * 6);
    }

    [Fact]
    public void WithoutOneDeviceTheStarGoesOnWithTheOthers()
    {
        var (timeline, silent, other) = (new Timeline(), new DirectTransport(), new DirectTransport());
        var device = new DeviceSession(new Timeline(), other, Options);
        var star = new HostStar(timeline, [silent.CreateHostEnd(() => { }), other.CreateHostEnd(device.ServePending)], Options);
        device.Receiver = new Nobody();
        foreach (var session in star.Sessions) session.Receiver = new Nobody();
        silent.Close(new LinkDown(LinkDownReason.PeerGone, "killed"));

        star.Run(End, TestContext.Current.CancellationToken);
        star.End(End);

        Assert.NotNull(star.Sessions[0].Down);
        Assert.Null(star.Sessions[1].Down);
    }

    [Fact]
    public void ADeviceThatDoesNotMoveTimeOnIsRefusedThoughOthersDo()
    {
        var (timeline, stuck, other) = (new Timeline(), new DirectTransport(), new DirectTransport());
        var device = new DeviceSession(new Timeline(), other, Options) { Receiver = new Nobody() };
        var star = new HostStar(timeline, [stuck.CreateHostEnd(Repeat), other.CreateHostEnd(device.ServePending)], Options);
        foreach (var session in star.Sessions) session.Receiver = new Nobody();

        star.Run(End, TestContext.Current.CancellationToken);

        Assert.Equal(LinkDownReason.ProtocolError, star.Sessions[0].Down?.Reason);
        Assert.Null(star.Sessions[1].Down);

        void Repeat()
        {
            if (stuck.Receive(TimeSpan.Zero) is not { } asked) return;
            stuck.Pool.Return(asked);
            var reply = stuck.Pool.Rent();
            reply.Promise = new SimTime(1_000);
            stuck.Send(reply);
        }
    }

    [Fact]
    public void ByTheWallClockWhatEachDeviceSaysArrivesAndTheRunGoesOnWithoutOne()
    {
        var (first, second) = (InProcessTransport.CreatePair(), InProcessTransport.CreatePair());
        var star = new HostStar(new Timeline(), [first.Host, second.Host], Options with { Pacing = Pacing.WallClock });
        var heard = star.Sessions.Select(session => new Answering(session)).ToList();
        foreach (var (session, receiver) in star.Sessions.Zip(heard)) session.Receiver = receiver;
        Say(first.Device);
        Say(second.Device);

        star.Run(SimTime.Never, () => heard.TrueForAll(one => one.Heard == 1), TestContext.Current.CancellationToken);
        Assert.All([first.Device, second.Device], device => Assert.Equal(1, device.Receive(Timeout.InfiniteTimeSpan)!.Count));
        first.Device.Close(new LinkDown(LinkDownReason.PeerGone, "killed"));
        Say(second.Device);
        star.Run(SimTime.Never, () => star.Sessions[0].Down is not null && heard[1].Heard == 2, TestContext.Current.CancellationToken);

        Assert.Null(star.Sessions[1].Down);
        Assert.Equal(1, heard[0].Heard);

        static void Say(InProcessTransport device)
        {
            var frame = device.Pool.Rent();
            frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1000, 4), new byte[4]);
            device.Send(frame);
        }
    }

    private static LinkSessionOptions Options => new(Pacing.FreeRunning, Latency);

    private sealed class Answering(HostSession session) : ITlpReceiver
    {
        public int Heard { get; private set; }

        public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
        {
            Heard++;
            session.Send(Tlp.Request(TlpKind.MemoryWrite, 0x2000, 4), payload);
        }

        public void LinkWentDown(LinkDown down)
        {
        }
    }

    private sealed class Nobody : ITlpReceiver
    {
        public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
        {
        }

        public void LinkWentDown(LinkDown down)
        {
        }
    }

    // What host and devices do is decided by who, when and the seed. Times are coarse, so that many are equal. -1 is the host.
    private sealed class Behaviour(int devices, ulong seed)
    {
        private const int Host = -1;

        public List<string> HostLog { get; } = [];
        public List<string>[] DeviceLogs { get; } = [.. Enumerable.Range(0, devices).Select(_ => new List<string>())];

        public string Log => string.Join('\n', [.. HostLog, .. DeviceLogs.SelectMany((log, i) => log.Select(line => $"{i}: {line}"))]);

        public Duration Pause(int who, SimTime now) => new((long)(1 + Hash(who, now, 1) % 20) * 250);

        public void DeviceDue(int device, SimTime now, Action<int> send)
        {
            DeviceLogs[device].Add($"{now} due");
            send(Hash(device, now, 2) % 2 == 0 ? 4 : 8);
        }

        public void DeviceArrival(int device, SimTime now, Action<int> send)
        {
            DeviceLogs[device].Add($"{now} heard");
            if (Hash(device, now, 3) % 2 == 0) send(4);
        }

        public void HostDue(SimTime now, Action<int> sendTo)
        {
            HostLog.Add($"{now} due");
            sendTo((int)(Hash(Host, now, 4) % (ulong)devices));
        }

        public void HostArrival(int from, int length, SimTime now, Action<int> sendTo)
        {
            HostLog.Add($"{now} {length} bytes from {from}");
            // More than a DW is data, which is not answered.
            if (length > 4) return;
            var what = Hash(from, now, 5) % 4;
            if (what < 2) sendTo((from + (int)what) % devices);
        }

        private ulong Hash(int who, SimTime now, ulong what)
        {
            var h = seed ^ ((ulong)(who + 2) * 0x9E37_79B9_7F4A_7C15) ^ (ulong)now.Nanoseconds * 0xBF58_476D_1CE4_E5B9 ^ what << 56;
            h = (h ^ h >> 30) * 0x94D0_49BB_1331_11EB;
            return h ^ h >> 31;
        }
    }

    private sealed class Star
    {
        /// <param name="silent">Devices that are there besides, and do nothing.</param>
        public static (string Log, long RoundTrips) Run(int devices, ulong seed, int silent = 0)
        {
            var behaviour = new Behaviour(devices, seed);
            var timeline = new Timeline();
            var ends = new List<ILinkTransport>();
            var sessions = new List<DeviceSession>();
            for (var i = 0; i < devices + silent; i++)
            {
                var (end, own) = (new DirectTransport(), new Timeline());
                var session = new DeviceSession(own, end, Options);
                session.Receiver = i < devices ? new Device(i, behaviour, own, session) : new Nobody();
                sessions.Add(session);
                ends.Add(end.CreateHostEnd(session.ServePending));
            }
            var star = new HostStar(timeline, ends, Options);
            _ = new Host(behaviour, timeline, star, devices);

            star.Run(End, CancellationToken.None);
            star.End(End);

            Assert.All(star.Sessions, session => Assert.Null(session.Down));
            Assert.All(sessions, session => Assert.Null(session.Down));
            return (behaviour.Log, star.RoundTrips);
        }

        private sealed class Device : ITlpReceiver, ITimelineTarget
        {
            private readonly int number;
            private readonly Behaviour behaviour;
            private readonly Timeline timeline;
            private readonly DeviceSession link;
            private readonly TimelineEvent next;

            public Device(int number, Behaviour behaviour, Timeline timeline, DeviceSession link)
            {
                (this.number, this.behaviour, this.timeline, this.link) = (number, behaviour, timeline, link);
                next = timeline.CreateEvent(this);
                next.ScheduleAfter(behaviour.Pause(number, timeline.Now));
            }

            public void Due(int tag)
            {
                behaviour.DeviceDue(number, timeline.Now, Send);
                next.ScheduleAfter(behaviour.Pause(number, timeline.Now));
            }

            public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload) => behaviour.DeviceArrival(number, timeline.Now, Send);

            public void LinkWentDown(LinkDown down)
            {
            }

            private void Send(int length) => link.Send(Tlp.Request(TlpKind.MemoryWrite, 0x1000, length), new byte[length]);
        }

        private sealed class Host : ITimelineTarget
        {
            private readonly Behaviour behaviour;
            private readonly Timeline timeline;
            private readonly HostStar star;
            private readonly TimelineEvent next;

            public Host(Behaviour behaviour, Timeline timeline, HostStar star, int devices)
            {
                (this.behaviour, this.timeline, this.star) = (behaviour, timeline, star);
                foreach (var (session, i) in star.Sessions.Select((session, i) => (session, i)))
                    session.Receiver = i < devices ? new Ear(this, i) : new Nobody();
                next = timeline.CreateEvent(this);
                next.ScheduleAfter(behaviour.Pause(-1, timeline.Now));
            }

            public void Due(int tag)
            {
                behaviour.HostDue(timeline.Now, Send);
                next.ScheduleAfter(behaviour.Pause(-1, timeline.Now));
            }

            private void Send(int to) => star.Sessions[to].Send(Tlp.Request(TlpKind.MemoryWrite, 0x2000, 4), new byte[4]);

            private sealed class Ear(Host host, int from) : ITlpReceiver
            {
                public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload) =>
                    host.behaviour.HostArrival(from, tlp.Length, host.timeline.Now, host.Send);

                public void LinkWentDown(LinkDown down)
                {
                }
            }
        }
    }

    // Everything in one queue: by time, arrivals at a place first and by device, then by the order of scheduling.
    private sealed class Reference
    {
        private readonly PriorityQueue<Action, (long Time, int Rank, long Order)> queue = new();
        private readonly Behaviour behaviour;
        private SimTime now;
        private long order;

        private Reference(int devices, ulong seed)
        {
            behaviour = new Behaviour(devices, seed);
            for (var i = 0; i < devices; i++) DeviceLater(i);
            HostLater();
        }

        public static string Run(int devices, ulong seed)
        {
            var all = new Reference(devices, seed);
            while (all.queue.TryPeek(out _, out var key) && key.Time < End.Nanoseconds)
            {
                all.now = new SimTime(key.Time);
                all.queue.Dequeue()();
            }
            return all.behaviour.Log;
        }

        private void DeviceLater(int device) => At(now + behaviour.Pause(device, now), int.MaxValue, () =>
        {
            behaviour.DeviceDue(device, now, length => ToHost(device, length));
            DeviceLater(device);
        });

        private void HostLater() => At(now + behaviour.Pause(-1, now), int.MaxValue, () =>
        {
            behaviour.HostDue(now, ToDevice);
            HostLater();
        });

        private void ToHost(int device, int length) =>
            At(now + Latency, device, () => behaviour.HostArrival(device, length, now, ToDevice));

        private void ToDevice(int device) =>
            At(now + Latency, device, () => behaviour.DeviceArrival(device, now, length => ToHost(device, length)));

        private void At(SimTime time, int rank, Action action) => queue.Enqueue(action, (time.Nanoseconds, rank, order++));
    }
}
