using System.Buffers;
using Pcie.DriverModel.Report;
using Pcie.Link;
using Pcie.Link.Codec;
using Pcie.Pci;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// A card's frames, spoilt on the wire, against the whole host in a short run: it ends with a report, be it that the card broke the protocol,
/// that the driver gave up, or that all came through.
/// </summary>
internal sealed class HostRunTarget : IFuzzTarget
{
    // A seed and how many frames are left alone in between; the frames follow from the run.
    public byte[] Next(Mutator mutator) => [.. BitConverter.GetBytes(mutator.Number()), (byte)(1 + mutator.Below(200))];

    public bool Take(byte[] input)
    {
        var mutator = new Mutator(BitConverter.ToUInt64(input), 0);
        var spared = input[8];
        RealFrames.Tap link = null!;
        var report = RealFrames.Run("10ms", inner => link = new RealFrames.Tap(inner, _ => { }, frame =>
        {
            if (!mutator.OneIn(spared)) return frame;
            var bytes = mutator.Spoil([RealFrames.BytesOf(frame)]);
            frame.Clear();
            try
            {
                if (FrameCodec.TryRead(new ReadOnlySequence<byte>(bytes), LinkDirection.DeviceToHost, frame)) return frame;
            }
            catch (LinkProtocolException)
            {
                // As the transport would.
            }
            inner.Close(new LinkDown(LinkDownReason.ProtocolError, "The device broke the protocol."));
            return null;
        }));
        Assert.NotEqual(RunOutcome.Cancelled, report.Outcome);
        if (report.Outcome != RunOutcome.Completed) Assert.NotEmpty(report.Failure!);
        return report.Outcome == RunOutcome.Completed;
    }
}
