using CsCheck;
using Pcie.Link.Shm;
using Pcie.Pci;
using Pcie.Pci.Memory;

namespace Pcie.Link.Tests.Shm;

public sealed class SharedMemoryLaneTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(2);

    private readonly FramePool pool = new();
    private SharedMemoryLane device = null!, host = null!;

    public SharedMemoryLaneTests() => Begin(Doorbell.HasWords);

    public static TheoryData<bool> WaysToSleep => Doorbell.HasWords ? new(true, false) : new(false);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private void Begin(bool sleepsOnWord)
    {
        var memory = SharedMemory.Create();
        var opened = SharedMemory.Open(memory.Name, memory.Key.Span);
        device = new SharedMemoryLane(memory, pool, () => host.Rung(), sleepsOnWord);
        host = new SharedMemoryLane(opened, pool, () => device.Rung(), sleepsOnWord);
        memory.RemoveName();
    }

    [Fact]
    public void AFrameArrivesAsItWasSent() =>
        WireGen.Frame(LinkDirection.HostToDevice).Sample(wire =>
        {
            Assert.True(host.TryPost(WireGen.FrameOf(wire)));
            var frame = device.Receive(TimeSpan.Zero)!;
            (frame.Epoch, frame.Sequence, frame.Acknowledge) = (wire.Epoch, wire.Sequence, wire.Acknowledge);
            Assert.Equal(wire, WireGen.WireOf(frame));
            pool.Return(frame);
        }, iter: 3000, threads: 1);

    // Three times the ring, so that what does not fit comes in pieces; and lengths that end anywhere.
    [Fact]
    public async Task FramesLongerThanTheRingArriveWholeAndInOrder()
    {
        int[] lengths = [3 * SharedMemory.RingSize, 4, SharedMemory.RingSize - 64, 8 << 20, 68, SharedMemory.RingSize + 4, 32, 1 << 20];
        var sending = Task.Run(() => SendAll(device, lengths), Cancelled);
        foreach (var length in lengths)
        {
            var frame = host.Receive(Long)!;
            Assert.Equal((1, length), (frame.Count, frame.PayloadLength));
            Assert.True(frame.PayloadOf(frame[0]).SequenceEqual(Pattern(length)));
            pool.Return(frame);
        }
        await sending.WaitAsync(Long, Cancelled);
    }

    // Many times round the ring, so that some end beyond its end and some are longer than it: those come in parts, and short ones are copied.
    [Fact]
    public async Task WritesAreTakenWhereTheyLieWholeOrInPartsInOrderWithThoseThatAreCopied()
    {
        int[] lengths = [.. Enumerable.Range(0, 200).Select(i =>
            i % 7 == 0 ? 4 : i % 50 == 1 ? SharedMemory.RingSize + 100 : 4096 + i * 1237 % 150_000 / 4 * 4)];
        var sending = Task.Run(() => SendAll(device, lengths), Cancelled);
        var (next, taken, lent, parts) = (0, 0, 0, 0);
        while (next < lengths.Length)
        {
            var before = (next, taken);
            if (host.Receive(Long, frame => Check(frame, isLent: true)) is { } copied) Check(copied, isLent: false);
            Assert.NotEqual(before, (next, taken));
        }
        await sending.WaitAsync(Long, Cancelled);
        Assert.InRange(lent, lengths.Count(length => length >= 4096), int.MaxValue);
        Assert.InRange(parts, 4, int.MaxValue);

        void Check(Frame frame, bool isLent)
        {
            var (whole, part) = (Tlp.Request(TlpKind.MemoryWrite, 0x1_0000, lengths[next]), frame[0]);
            Assert.Equal((1, (ulong)next + 1), (frame.Count, frame.Sequence));
            Assert.Equal(whole.From(taken).Before(part.Length) with { PayloadOffset = 0 }, part);
            Assert.True(frame.PayloadOf(part).SequenceEqual(Pattern(lengths[next]).AsSpan(taken, part.Length)));
            if (isLent) lent++;
            if (part.Length < whole.Length) parts++;
            taken += part.Length;
            if (taken == whole.Length) (next, taken) = (next + 1, 0);
            pool.Return(frame);
        }
    }

    [Fact]
    public void MemoryHoldsTheSameWhetherWritesCameWholeOrInParts()
    {
        const int Size = 3 << 20;
        var (random, whole, byLink) = (new System.Random(16), new HostMemory(), new HostMemory());
        var (expected, actual) = (whole.Allocate(Size), byLink.Allocate(Size));
        var (sent, writes, taken, pieces) = (0L, 0, 0L, 0);
        for (var round = 0; round < 100; round++)
        {
            for (var more = random.Next(1, 4); more > 0; more--)
            {
                var count = random.Next(1, random.Next(3) switch { 0 => 64, 1 => 100_000, _ => SharedMemory.RingSize * 3 / 2 });
                var tlp = Tlp.Request(TlpKind.MemoryWrite, expected.Address + (ulong)random.Next(Size - count), count);
                var frame = pool.Rent();
                random.NextBytes(frame.Add(tlp));
                whole.Write(tlp, frame.PayloadOf(frame[0]));
                Assert.True(device.TryPost(frame));
                (sent, writes) = (sent + tlp.Length, writes + 1);
            }
            while (taken < sent)
            {
                if (host.Receive(TimeSpan.Zero, Take) is { } copied) Take(copied);
                device.TryFlush();
            }
            Assert.True(expected.Span.SequenceEqual(actual.Span));
        }
        Assert.InRange(pieces, writes + 20, int.MaxValue);
        Assert.Equal(0, byLink.Undecoded);

        void Take(Frame frame)
        {
            byLink.Write(frame[0], frame.PayloadOf(frame[0]));
            (taken, pieces) = (taken + frame[0].Length, pieces + 1);
            pool.Return(frame);
        }
    }

    // A register write that is too long is one mistake; and a completion has one tag.
    [Fact]
    public async Task OnlyADevicesWritesComeInParts()
    {
        int[] lengths = [100_000, SharedMemory.RingSize - 64, SharedMemory.RingSize, 3 * SharedMemory.RingSize];
        await TakeWholeAsync(host, device, Filled);
        await TakeWholeAsync(device, host, length =>
        {
            var frame = pool.Rent();
            frame.Add(new Tlp { Kind = TlpKind.Completion, Length = length });
            return frame;
        });

        async Task TakeWholeAsync(SharedMemoryLane from, SharedMemoryLane to, Func<int, Frame> make)
        {
            var sending = Task.Run(() => Array.ForEach(lengths, length => Send(from, make(length))), Cancelled);
            foreach (var length in lengths)
            {
                int? taken = null;
                while (taken is null)
                    if (to.Receive(Long, Take) is { } copied) Take(copied);
                Assert.Equal(length, taken);

                void Take(Frame frame)
                {
                    taken = frame[0].Length;
                    pool.Return(frame);
                }
            }
            await sending.WaitAsync(Long, Cancelled);
        }
    }

    [Fact]
    public void OfAWriteWhoseSenderHasGoneArrivesWhatWasThere()
    {
        Assert.True(device.TryPost(Filled(2 * SharedMemory.RingSize)));
        host.End();
        var (taken, before) = (0, -1);
        while (before < taken)
        {
            before = taken;
            Assert.Null(host.Receive(Timeout.InfiniteTimeSpan, part =>
            {
                taken += part[0].Length;
                pool.Return(part);
            }));
        }
        Assert.Equal(SharedMemory.RingSize - 2 * RingRecord.Align, taken);
    }

    [Fact]
    public void AWriteOfWhichPartsWereTakenIsPutTogetherForWhoTakesNoParts()
    {
        const int Length = SharedMemory.RingSize + 4;
        Assert.True(device.TryPost(Filled(Length)));
        var there = 0;
        Assert.Null(host.Receive(TimeSpan.Zero, part =>
        {
            there = part[0].Length;
            pool.Return(part);
        }));
        Assert.InRange(there, 4096, Length - 4);

        Assert.Null(host.Receive(TimeSpan.Zero));
        Assert.True(device.TryFlush());
        var rest = host.Receive(TimeSpan.Zero)!;

        Assert.Equal((1ul, 0x1_0000 + (ulong)there, Length - there), (rest.Sequence, rest[0].Address, rest[0].Length));
        Assert.True(rest.PayloadOf(rest[0]).SequenceEqual(Pattern(Length).AsSpan(there)));
    }

    // As what is posted from the card's own memory: it may change when the call has returned.
    [Fact]
    public void APayloadThatWasLentIsReadBeforePostingReturnsAlsoIfItFindsNoRoom()
    {
        const int Length = SharedMemory.RingSize * 3 / 4;
        var payload = Pattern(Length);
        for (var i = 0; i < 3; i++)
        {
            PostLent(payload);
            payload.AsSpan().Reverse();
        }
        for (var i = 0; i < 3; i++)
        {
            var frame = host.Receive(Long)!;
            var expected = Pattern(Length);
            if (i % 2 == 1) expected.AsSpan().Reverse();
            Assert.True(frame.PayloadOf(frame[0]).SequenceEqual(expected));
            pool.Return(frame);
            device.TryFlush();
        }
    }

    [Theory]
    [MemberData(nameof(WaysToSleep))]
    public async Task ASideThatSleepsIsWokenByWhatIsWritten(bool sleepsOnWord)
    {
        Begin(sleepsOnWord);
        var answering = Task.Run(() =>
        {
            while (device.Receive(Timeout.InfiniteTimeSpan) is { } request)
            {
                if (request.Sequence % 50 == 0) LetTheOtherSideSleep();
                device.TryPost(request);
            }
        }, Cancelled);
        for (var i = 0; i < 500; i++)
        {
            if (i % 50 == 25) LetTheOtherSideSleep();
            host.TryPost(Filled(4));
            pool.Return(host.Receive(Long) ?? throw new TimeoutException($"Nothing came after {i}."));
        }
        device.End();
        await answering.WaitAsync(Long, Cancelled);

        // Some twenty times as long as it spins.
        static void LetTheOtherSideSleep() => Thread.SpinWait(30_000);
    }

    [Theory]
    [MemberData(nameof(WaysToSleep))]
    public async Task WhatFindsNoRoomGoesOutWhenTheOtherSideReads(bool sleepsOnWord)
    {
        Begin(sleepsOnWord);
        const int Frames = 40;
        for (var i = 0; i < Frames; i++) Assert.True(device.TryPost(Filled(256 << 10)));
        // The engine that sent them waits for an answer now, which comes when all is read.
        var waiting = Task.Run(() => device.Receive(Long), Cancelled);
        for (var i = 1; i <= Frames; i++)
        {
            var frame = host.Receive(Long)!;
            Assert.Equal((ulong)i, frame.Sequence);
            pool.Return(frame);
        }
        host.TryPost(Filled(4));
        Assert.NotNull(await waiting.WaitAsync(Long, Cancelled));
    }

    [Fact]
    public async Task TwoSidesThatBothSendWithoutReceivingDoNotDeadlock()
    {
        await Task.WhenAll(Task.Run(() => SendAll(host), Cancelled), Task.Run(() => SendAll(device), Cancelled)).WaitAsync(Long, Cancelled);

        void SendAll(SharedMemoryLane side)
        {
            for (var i = 0; i < 20; i++)
            {
                side.TryPost(Filled(SharedMemory.RingSize / 4));
                side.WaitForRoom(orWoken: false);
            }
            for (var i = 0; i < 20; i++) pool.Return(side.Receive(Long)!);
            // Nobody receives any more who would go on with what found no room.
            side.WaitForRoom(orWoken: false);
        }
    }

    [Fact]
    public void ASideThatOnlySpeaksIsToldWhenItIsTooMuch()
    {
        var posted = 0;
        var frame = Filled(1 << 20);
        while (device.TryPost(frame))
        {
            posted++;
            frame = new Frame();
            frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0, 1 << 20));
        }

        Assert.InRange(posted, 200, 300);
    }

    [Fact]
    public async Task EndAndWakeEndAWaitAndWhatWasSentBeforeIsStillReceived()
    {
        host.TryPost(Filled(4));
        device.End();
        Assert.NotNull(device.Receive(Timeout.InfiniteTimeSpan));
        Assert.Null(device.Receive(Timeout.InfiniteTimeSpan));

        var receiving = Task.Run(() => host.Receive(Timeout.InfiniteTimeSpan), Cancelled);
        host.Wake();
        Assert.Null(await receiving.WaitAsync(Long, Cancelled));
        Assert.Null(host.Receive(TimeSpan.FromMilliseconds(3)));
    }

    [Fact]
    public void RoundTripsAndPayloadsAllocateNothing()
    {
        const int InParts = 300_000;
        var taken = 0;
        Action<Frame> take = Take;
        for (var warmUp = 0; warmUp < 2; warmUp++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                Pass(host, device, 4);
                Pass(device, host, 64 << 10);
                device.TryPost(Sized(InParts));
                for (taken = 0; taken < InParts;)
                    if (host.Receive(TimeSpan.Zero, take) is { } copied) Take(copied);
            }
            if (warmUp == 1) Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        void Pass(SharedMemoryLane from, SharedMemoryLane to, int length)
        {
            from.TryPost(Sized(length));
            pool.Return(to.Receive(TimeSpan.Zero)!);
        }

        Frame Sized(int length)
        {
            var frame = pool.Rent();
            frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1000, length));
            return frame;
        }

        void Take(Frame frame)
        {
            taken += frame[0].Length;
            pool.Return(frame);
        }
    }

    private void SendAll(SharedMemoryLane from, int[] lengths) => Array.ForEach(lengths, length => Send(from, Filled(length)));

    private static void Send(SharedMemoryLane from, Frame frame)
    {
        from.TryPost(frame);
        from.WaitForRoom(orWoken: false);
    }

    private unsafe void PostLent(byte[] payload)
    {
        var frame = pool.Rent();
        frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1_0000, payload.Length));
        fixed (byte* bytes = payload)
        {
            frame.Lend(bytes);
            Assert.True(device.TryPost(frame));
        }
    }

    private Frame Filled(int length)
    {
        var frame = pool.Rent();
        Pattern(length).CopyTo(frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1_0000, length)));
        return frame;
    }

    private static byte[] Pattern(int length)
    {
        var bytes = new byte[length];
        for (var i = 0; i < length; i++) bytes[i] = (byte)(i * 7 + (i >> 8) + length);
        return bytes;
    }
}
