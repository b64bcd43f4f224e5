using Pcie.Link;
using Pcie.Link.DataLinkLayer;

namespace Pcie.Fuzz.Tests.Targets;

/// <summary>
/// Epochs, sequence numbers and acknowledgements that lie, against the data link layer and its replay buffer. Whatever is claimed, the
/// buffer holds what was sent and not acknowledged, in order, and the sums come out.
/// </summary>
internal sealed class DataLinkTarget : IFuzzTarget
{
    private const int StepLength = 10;
    private const ulong Epoch = 5;

    private readonly FramePool pool = new();

    private enum Step
    {
        Send, Write, Written, Accept, Acknowledge, Resume,
    }

    public byte[] Next(Mutator mutator)
    {
        var input = new byte[(1 + mutator.Below(24)) * StepLength];
        ulong received = 0, sent = 0;
        for (var at = 0; at < input.Length; at += StepLength)
        {
            var step = (Step)mutator.Below(6);
            if (step == Step.Send) sent++;
            // Mostly what is due, so that something lies behind it.
            var number = mutator.OneIn(12) ? mutator.Number() : step == Step.Accept ? ++received : (ulong)mutator.Below((int)sent + 1);
            input[at] = (byte)step;
            input[at + 1] = (byte)(mutator.OneIn(40) ? mutator.Below(256) : (int)Epoch);
            BitConverter.TryWriteBytes(input.AsSpan(at + 2), number);
        }
        return input;
    }

    public bool Take(byte[] input)
    {
        var link = new DataLink(Epoch);
        var replay = new ReplayBuffer(pool, maxFrames: 8);
        var (added, acknowledged, writing) = (0UL, 0UL, false);
        try
        {
            for (var at = 0; at < input.Length; at += StepLength)
            {
                var (epoch, number) = ((ulong)input[at + 1], BitConverter.ToUInt64(input, at + 2));
                switch ((Step)input[at])
                {
                    case Step.Send when !replay.IsFull:
                        var frame = pool.Rent();
                        link.Stamp(frame);
                        Assert.Equal(++added, frame.Sequence);
                        replay.Add(frame);
                        break;
                    case Step.Write when !writing && replay.Next() is { } next:
                        Assert.InRange(next.Sequence, acknowledged + 1, added);
                        writing = true;
                        break;
                    case Step.Written when writing:
                        replay.Written();
                        writing = false;
                        break;
                    case Step.Accept:
                        link.Accept(new Frame { Epoch = epoch, Sequence = number, Acknowledge = acknowledged });
                        break;
                    case Step.Acknowledge:
                        link.Accept(epoch, number);
                        replay.Acknowledge(link.Acknowledged);
                        break;
                    case Step.Resume:
                        link.Accept(epoch, number);
                        replay.Rewind(number);
                        break;
                }
                acknowledged = link.Acknowledged;
                Assert.InRange(acknowledged, 0UL, added);
                // A frame that is being written is kept, whatever was acknowledged, and those behind it.
                if (!writing) Assert.Equal(added - acknowledged, (ulong)replay.Count);
                Assert.InRange(replay.Count, 0, 8);
            }
            return true;
        }
        catch (LinkProtocolException e)
        {
            Assert.Matches("^Frame [0-9]+ |^Frame of epoch [0-9]+ ", e.Message);
            return false;
        }
        finally
        {
            if (writing) replay.Written();
            replay.Clear();
        }
    }
}
