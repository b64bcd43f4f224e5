using Pcie.Link.Transports;
using Pcie.Pci;

namespace Pcie.Link.Tests;

public sealed class DirectTransportTests
{
    [Fact]
    public void AHostThatReceivesHasTheDeviceServeUntilItAnswers()
    {
        var device = new DirectTransport();
        var host = device.CreateHostEnd(() =>
        {
            while (device.Receive(TimeSpan.Zero) is { } frame) device.Send(frame);
        });
        host.Send(new Frame { Epoch = 5 });

        Assert.Equal(5u, host.Receive(Timeout.InfiniteTimeSpan)!.Epoch);
        Assert.Null(host.Receive(Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void ClosingTakesBothEndsDownAndDiscardsWhatIsSentLater()
    {
        var device = new DirectTransport();
        var host = device.CreateHostEnd(static () => { });
        host.Dispose();
        device.Send(new Frame());

        Assert.Equal(LinkDownReason.Detached, device.Down!.Reason);
        Assert.Equal(1, device.FramesDiscarded);
    }
}
