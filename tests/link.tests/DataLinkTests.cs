using Pcie.Link.DataLinkLayer;

namespace Pcie.Link.Tests;

public sealed class DataLinkTests
{
    private readonly DataLink host = new(7);
    private readonly DataLink device = new(7);

    [Fact]
    public void FramesAreNumberedFromOneAndAcknowledged()
    {
        for (ulong i = 1; i <= 3; i++) Assert.Equal(i, Carry(host, device).Sequence);

        Assert.Equal(3u, Carry(device, host).Acknowledge);
        Assert.Equal(3u, host.Acknowledged);
    }

    [Fact]
    public void AGapARepeatAndAnotherEpochAreRefused()
    {
        Carry(host, device);
        Carry(host, device);

        Assert.Equal("Frame 2 came again; the next one is 3.", Refusal(new Frame { Epoch = 7, Sequence = 2 }));
        Assert.Equal("Frame 5 came where 3 was due: 2 are missing.", Refusal(new Frame { Epoch = 7, Sequence = 5 }));
        Assert.Equal("Frame of epoch 6 on an attachment whose epoch is 7.", Refusal(new Frame { Epoch = 6, Sequence = 3 }));
    }

    [Fact]
    public void AnAcknowledgementOfWhatWasNeverSentOrThatGoesBackIsRefused()
    {
        Carry(device, host);
        Carry(host, device);

        Assert.Equal("Frame 9 was acknowledged, but the last one sent is 1.",
            Refusal(new Frame { Epoch = 7, Sequence = 2, Acknowledge = 9 }));
        Assert.Equal("Frame 0 was acknowledged after frame 1.", Refusal(new Frame { Epoch = 7, Sequence = 2 }));
    }

    private static Frame Carry(DataLink from, DataLink to)
    {
        var frame = new Frame();
        from.Stamp(frame);
        to.Accept(frame);
        return frame;
    }

    private string Refusal(Frame frame) => Assert.Throws<LinkProtocolException>(() => device.Accept(frame)).Message;
}
