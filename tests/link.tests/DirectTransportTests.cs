using Pcie.Link.Transports;
using Pcie.Pci;

namespace Pcie.Link.Tests;

public sealed class DirectTransportTests
{
    [Fact]
    public void AHostThatReceivesPumpsTheDeviceUntilItAnswers()
    {
        var (host, device) = DirectTransport.CreatePair();
        host.Pump = () =>
        {
            while (device.Receive(TimeSpan.Zero) is { } frame) device.Send(frame);
        };
        host.Send(new Frame { Epoch = 5 });

        Assert.Equal(5u, host.Receive(Timeout.InfiniteTimeSpan)!.Epoch);
        Assert.Null(host.Receive(Timeout.InfiniteTimeSpan));
    }

    [Fact]
    public void ClosingTakesBothEndsDownAndDiscardsWhatIsSentLater()
    {
        var (host, device) = DirectTransport.CreatePair();
        host.Dispose();
        device.Send(new Frame());

        Assert.Equal(LinkDownReason.Detached, device.Down!.Reason);
        Assert.Equal(1, device.FramesDiscarded);
    }
}
