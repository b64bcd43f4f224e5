using System.Diagnostics;
using Pcie.Bench.Table;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Bench.Links;

/// <summary>Frames one way as fast as they go, between two engines that do nothing else.</summary>
internal static class FrameStream
{
    private const int WritesInFrame = 64, RoundTrips = 4000;

    /// <summary>DMA writes of this size, each a frame of its own, which the host copies into a ring of sixteen places (GB/s).</summary>
    public static Reading Dma(string medium, int size, long bytes)
    {
        using var link = ServedLink.Start(medium, new Source(size), new EchoDevice.NoCard(), Pacing.WallClock, Duration.Zero);
        var engineLock = new Lock();
        var ring = new byte[16 * size];
        var taken = 0L;
        // The first quarter warms up.
        Take(bytes / 4);
        var start = Stopwatch.GetTimestamp();
        Take(bytes);
        return new Reading(bytes / size * (double)size / Stopwatch.GetElapsedTime(start).TotalNanoseconds);

        void Take(long many)
        {
            var until = taken + many / size * size;
            while (taken < until)
            {
                // As an engine does.
                var frame = link.Host.IsDirect ? link.Host.Receive(Timeout.InfiniteTimeSpan, TakeOne, engineLock)
                    : link.Host.Receive(Timeout.InfiniteTimeSpan);
                if (frame is not null) TakeOne(frame);
            }
        }

        void TakeOne(Frame frame)
        {
            // A long one may come in parts.
            frame.PayloadOf(frame[0]).CopyTo(ring.AsSpan((int)(taken % ring.Length)));
            taken += frame[0].Length;
            link.Host.Pool.Return(frame);
        }
    }

    /// <summary>A frame with a read there, and an empty one back (µs): the link of a register read, without card and timeline.</summary>
    public static Reading ThereAndBack(string medium)
    {
        using var link = ServedLink.Start(medium, new Sink(), new EchoDevice.NoCard(), Pacing.WallClock, Duration.Zero);
        var latencies = new double[RoundTrips];
        for (var i = -RoundTrips / 4; i < RoundTrips; i++)
        {
            var start = Stopwatch.GetTimestamp();
            AskAndWait(link.Host);
            if (i >= 0) latencies[i] = Reading.MicrosecondsSince(start);
        }
        return Reading.Of(latencies);
    }

    /// <summary>Writes of a DW from the host, as many gathered in a frame as an engine does that is busy (millions a second).</summary>
    public static Reading Writes(string medium, int writes)
    {
        var sink = new Sink();
        using var link = ServedLink.Start(medium, sink, new EchoDevice.NoCard(), Pacing.WallClock, Duration.Zero);
        Put(writes / 4);
        var start = Stopwatch.GetTimestamp();
        Put(writes);
        return new Reading(writes / Stopwatch.GetElapsedTime(start).TotalMicroseconds);

        void Put(int many)
        {
            var word = new byte[4];
            for (var sent = 0; sent < many; sent += WritesInFrame)
            {
                var frame = link.Host.Pool.Rent();
                for (var i = 0; i < WritesInFrame; i++) frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0xC000_0000 + 4 * (ulong)i, 4), word);
                link.Host.Send(frame);
            }
            // A read at the end is answered when all of them have been taken.
            AskAndWait(link.Host);
        }
    }

    private static void AskAndWait(GrpcHostTransport host)
    {
        var request = host.Pool.Rent();
        request.Add(Tlp.Request(TlpKind.MemoryRead, 0xC000_0000, 4), default);
        host.Send(request);
        host.Pool.Return(host.Receive(Timeout.InfiniteTimeSpan)!);
    }

    private sealed class Source(int size) : IDeviceEngine
    {
        public DeviceName Device { get; } = new("source", 0x1234, 0x5678);

        public void Run(DeviceAttachment attachment)
        {
            var transport = attachment.Transport;
            var chunk = new byte[size];
            while (transport.Down is null)
            {
                transport.Post(Tlp.Request(TlpKind.MemoryWrite, 0x1_0000_0000, size), chunk);
                transport.WaitForCredit();
            }
        }
    }

    private sealed class Sink : IDeviceEngine
    {
        public DeviceName Device { get; } = new("sink", 0x1234, 0x5678);

        public void Run(DeviceAttachment attachment)
        {
            var transport = attachment.Transport;
            while (transport.Receive(Timeout.InfiniteTimeSpan) is { } frame)
            {
                var asked = frame[frame.Count - 1].Kind == TlpKind.MemoryRead;
                transport.Pool.Return(frame);
                if (asked) transport.Send(transport.Pool.Rent());
            }
        }
    }
}
