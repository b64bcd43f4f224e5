using CsCheck;
using Pcie.Link.DataLinkLayer;
using Pcie.Pci;

namespace Pcie.Link.Tests;

public sealed class ReplayBufferTests
{
    private enum Step
    {
        Send,
        Write,
        Arrive,
        Acknowledge,
        Cut,
    }

    // The reference is the sequence 1, 2, 3, ... itself: whatever happens, that is what must have arrived, each once.
    [Fact]
    public void AnyInterleavingOfSendingAcknowledgingCuttingAndResumingDeliversEachFrameOnceAndInOrder() =>
        Gen.Int[0, 9].Array[0, 400].Sample(draws =>
        {
            var pool = new FramePool();
            var buffer = new ReplayBuffer(pool, maxFrames: 8, maxPayload: 64);
            var (sender, receiver) = (new DataLink(1), new DataLink(1));
            var wire = new Queue<(ulong Sequence, int Mark)>();
            var (sent, arrived) = (0, new List<int>());
            Assert.All(draws, draw => Do(draw switch { < 3 => Step.Send, < 6 => Step.Write, < 8 => Step.Arrive, 8 => Step.Acknowledge, _ =>
                Step.Cut }));

            // At last the cable is good and both have time.
            Do(Step.Cut);
            for (var i = 0; i < 10; i++) Array.ForEach([Step.Write, Step.Arrive, Step.Acknowledge], Do);
            Assert.Equal(Enumerable.Range(1, sent), arrived);
            Assert.Equal((0, 0L), (buffer.Count, buffer.Payload));

            void Do(Step step)
            {
                switch (step)
                {
                    case Step.Send when !buffer.IsFull:
                        var frame = pool.Rent();
                        sender.Stamp(frame);
                        frame.Add(Tlp.Request(TlpKind.MemoryWrite, (ulong)++sent * 4, 4 + sent % 4 * 4)).Clear();
                        buffer.Add(frame);
                        break;
                    case Step.Write:
                        while (buffer.Next() is { } next)
                        {
                            wire.Enqueue((next.Sequence, (int)(next[0].Address / 4)));
                            buffer.Written();
                        }
                        break;
                    case Step.Arrive:
                        for (var i = 0; i < 3 && wire.TryDequeue(out var message); i++)
                        {
                            receiver.Accept(new Frame { Epoch = 1, Sequence = message.Sequence });
                            arrived.Add(message.Mark);
                        }
                        break;
                    case Step.Acknowledge:
                        buffer.Acknowledge(receiver.Received);
                        break;
                    case Step.Cut:
                        wire.Clear();
                        buffer.Rewind(receiver.Received);
                        break;
                }
                Assert.InRange(buffer.Count, 0, 8);
            }
        });

    [Fact]
    public void AFrameThatIsBeingWrittenIsNotUsedAgainThoughItIsAcknowledged()
    {
        var (pool, link) = (new FramePool(), new DataLink(1));
        var buffer = new ReplayBuffer(pool);
        var frame = pool.Rent();
        link.Stamp(frame);
        buffer.Add(frame);
        Assert.Same(frame, buffer.Next());

        buffer.Acknowledge(1);
        Assert.NotSame(frame, pool.Rent());
        Assert.Equal(1, buffer.Count);

        buffer.Written();
        Assert.Same(frame, pool.Rent());
        Assert.Equal(0, buffer.Count);
    }

    [Fact]
    public void AFullBufferRefusesWhatItsSenderShouldHaveHeldBack()
    {
        var (pool, link) = (new FramePool(), new DataLink(1));
        var buffer = new ReplayBuffer(pool, maxFrames: 1);
        var (first, second) = (pool.Rent(), pool.Rent());
        link.Stamp(first);
        link.Stamp(second);
        buffer.Add(first);

        Assert.True(buffer.IsFull);
        Assert.Throws<InvalidOperationException>(() => buffer.Add(second));
    }

    [Fact]
    public void SendingAndReplayingAllocateNothing()
    {
        var (pool, link) = (new FramePool(), new DataLink(1));
        var buffer = new ReplayBuffer(pool);
        for (var i = 0; i < 100; i++) SendAndReplay();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++) SendAndReplay();

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1024);

        void SendAndReplay()
        {
            var frame = pool.Rent();
            link.Stamp(frame);
            buffer.Add(frame);
            buffer.Next();
            buffer.Written();
            buffer.Rewind(frame.Sequence - 1);
            buffer.Next();
            buffer.Written();
            buffer.Acknowledge(frame.Sequence);
        }
    }
}
