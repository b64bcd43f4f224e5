using Pcie.Link.Recording;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Tests.Recording;

/// <summary>
/// A link whose host's end records:
/// <code>
/// test ── RecordingTransport ── DirectTransport ── device (the test's)
///               └── file
/// </code>
/// </summary>
public sealed class RecordingTransportTests : IDisposable
{
    private readonly MemoryStream file = new();
    private readonly DirectTransport device;
    private readonly RecordingTransport host;

    public RecordingTransportTests()
    {
        device = new DirectTransport();
        var inner = device.CreateHostEnd(() =>
        {
            while (device.Receive(TimeSpan.Zero) is { } frame)
            {
                var reply = device.Pool.Rent();
                for (var i = 0; i < frame.Count; i++) reply.Add(Tlp.CompletionOf(frame[i], CompletionStatus.Successful), [9, 8, 7, 6]);
                device.Pool.Return(frame);
                device.Send(reply);
            }
        });
        host = new RecordingTransport(inner, new SessionWriter(file, RecordedSession.Head));
    }

    [Fact]
    public void BothDirectionsAreRecordedInTheOrderInWhichThisSideSaysAndHearsThem()
    {
        Exchange(tag: 1);
        Exchange(tag: 2);
        host.Close(RecordedSession.Detached);

        var (tlps, reader) = RecordedSession.Read(file.ToArray());

        Assert.Equal(
            [
                (LinkDirection.HostToDevice, 1, 1), (LinkDirection.DeviceToHost, 1, 1),
                (LinkDirection.HostToDevice, 2, 2), (LinkDirection.DeviceToHost, 2, 2),
            ],
            tlps.Select(t => (t.Direction, (int)t.Tlp.Tag, (int)t.Number)));
        Assert.Equal([9, 8, 7, 6], tlps[1].Payload.ToArray());
        Assert.Equal(RecordedSession.Detached, reader.Down);
    }

    [Fact]
    public void TheRecordingEndsWithTheReasonForWhichTheDeviceLeft()
    {
        Exchange(tag: 1);
        device.Dispose();
        host.Close(RecordedSession.Detached);

        Assert.Equal(LinkDownReason.PeerGone, RecordedSession.Read(file.ToArray()).Reader.Down!.Reason);
    }

    [Fact]
    public void WhatIsDiscardedOnALinkThatIsDownIsNotRecorded()
    {
        device.Dispose();
        Send(tag: 1);
        host.Dispose();

        Assert.Empty(RecordedSession.Read(file.ToArray()).Tlps);
        Assert.Equal(1, host.FramesDiscarded);
    }

    [Fact]
    public void SendingAndReceivingThroughTheRecorderAllocateNothing()
    {
        for (var i = 0; i < 10_000; i++) Exchange(tag: 5);

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 2_000; i++) Exchange(tag: 5);

        // The file in memory grows on the other thread; a block is handed over here twice.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 300_000);
        host.Dispose();
    }

    public void Dispose() => host.Dispose();

    private void Send(ushort tag)
    {
        var frame = host.Pool.Rent();
        frame.Add(Tlp.Request(TlpKind.MemoryRead, 0xE000_0020, 4, tag) with { SentAt = new SimTime(tag) }, default);
        host.Send(frame);
    }

    private void Exchange(ushort tag)
    {
        Send(tag);
        host.Pool.Return(host.Receive(TimeSpan.Zero)!);
    }
}
