using Pcie.Link.DataLinkLayer;
using Pcie.Link.Transports;
using Pcie.Pci;

namespace Pcie.Link.Tests;

public sealed class InProcessTransportTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);
    private static readonly LinkDown HostDetached = new(LinkDownReason.Detached, "done");

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private readonly InProcessTransport host;
    private readonly InProcessTransport device;

    public InProcessTransportTests() => (host, device) = InProcessTransport.CreatePair();

    [Fact]
    public void FramesArriveInTheOrderOfSending()
    {
        for (ulong i = 0; i < 5; i++) host.Send(new Frame { Epoch = i });

        for (ulong i = 0; i < 5; i++) Assert.Equal(i, device.Receive(TimeSpan.Zero)!.Epoch);
        Assert.Null(device.Receive(TimeSpan.Zero));
    }

    [Fact]
    public async Task AReceiverThatWaitsGetsWhatIsSentLater()
    {
        var received = Task.Run(() => device.Receive(Long), Cancelled);
        host.Send(new Frame { Epoch = 9 });

        Assert.Equal(9u, (await received.WaitAsync(Long, Cancelled))!.Epoch);
    }

    [Fact]
    public void AWaitEndsWhenItsTimeIsOver()
    {
        Assert.Null(device.Receive(TimeSpan.FromMilliseconds(0.3)));
        Assert.Null(device.Receive(TimeSpan.FromMilliseconds(3)));
    }

    [Fact]
    public void WakeEndsTheNextWait()
    {
        device.Wake();

        Assert.Null(device.Receive(Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public async Task ASenderWithoutCreditWaitsUntilAFrameIsTaken()
    {
        var sent = 0;
        var sending = Task.Run(() =>
        {
            for (var i = 0; i < 1000; i++)
            {
                host.Send(new Frame());
                Volatile.Write(ref sent, i + 1);
            }
        }, Cancelled);
        for (var received = 0; received < 1000; received++)
        {
            Assert.NotNull(device.Receive(Long));
            // Whatever the scheduling, the sender is never further ahead than its credit.
            Assert.InRange(Volatile.Read(ref sent), received, received + 1 + FrameQueue.CreditFrames);
        }
        await sending.WaitAsync(Long, Cancelled);
    }

    [Fact]
    public void APayloadUsesUpCreditLikeManyFrames()
    {
        var queue = new FrameQueue();
        for (var sent = 0; sent < FrameQueue.CreditPayload; sent += 1 << 20)
        {
            Assert.False(queue.IsFull);
            var frame = new Frame();
            frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0, 1 << 20));
            queue.Add(frame);
        }
        Assert.True(queue.IsFull);
        queue.Take();
        Assert.False(queue.IsFull);
    }

    [Fact]
    public async Task TwoSidesThatBothSendWithoutReceivingDoNotDeadlock()
    {
        var many = FrameQueue.CreditFrames * 3;
        var both = Task.WhenAll(Task.Run(() => SendAll(host), Cancelled), Task.Run(() => SendAll(device), Cancelled));

        await both.WaitAsync(Long, Cancelled);

        void SendAll(InProcessTransport side)
        {
            for (var i = 0; i < many; i++) side.Send(new Frame());
            for (var i = 0; i < many; i++) Assert.NotNull(side.Receive(Long));
        }
    }

    [Fact]
    public void WhatWasSentBeforeTheLinkWentDownIsStillReceived()
    {
        host.Send(new Frame { Epoch = 3 });
        host.Close(HostDetached);

        Assert.Equal(HostDetached, device.Down);
        Assert.Equal(3u, device.Receive(Long)!.Epoch);
        Assert.Null(device.Receive(Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void WhatIsSentOnALinkThatIsDownIsDiscardedAndCounted()
    {
        host.Close(HostDetached);
        device.Send(new Frame());

        Assert.Equal(1, device.FramesDiscarded);
    }

    [Fact]
    public async Task GoingDownEndsAWaitingSendAndAWaitingReceive()
    {
        var sending = Task.Run(() =>
        {
            while (device.FramesDiscarded == 0) device.Send(new Frame());
        }, Cancelled);
        var receiving = Task.Run(() => device.Receive(Timeout.InfiniteTimeSpan), Cancelled);
        host.Close(HostDetached);

        await Task.WhenAll(sending, receiving).WaitAsync(Long, Cancelled);
    }

    [Fact]
    public void ADeviceThatLeavesIsASurpriseRemovalToTheHost()
    {
        device.Dispose();

        Assert.Equal(LinkDownReason.PeerGone, host.Down!.Reason);
    }

    [Fact]
    public void OnlyTheFirstReasonForBeingDownCounts()
    {
        host.Close(HostDetached);
        device.Close(new LinkDown(LinkDownReason.ProtocolError, "later"));

        Assert.Equal(HostDetached, host.Down);
        Assert.Equal(HostDetached, device.Down);
    }
}
