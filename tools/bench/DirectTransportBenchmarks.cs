using BenchmarkDotNet.Attributes;
using Pcie.Link;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Bench;

/// <summary>A frame to the other side of a link on one thread, and its answer, against a queue each way.</summary>
[BenchmarkCategory("direct link")]
public class DirectTransportBenchmarks
{
    private readonly Queue<Frame> down = new();
    private readonly Queue<Frame> up = new();
    private readonly Frame frame = new();
    private readonly byte[] payload = new byte[4];
    private DirectTransport host = null!;

    [GlobalSetup]
    public void SetUp()
    {
        var device = new DirectTransport();
        host = device.CreateHostEnd(() =>
        {
            var request = device.Receive(TimeSpan.Zero)!;
            var reply = device.Pool.Rent();
            reply.Add(Tlp.CompletionOf(request[0], CompletionStatus.Successful), payload);
            device.Pool.Return(request);
            device.Send(reply);
        });
    }

    [Benchmark(Baseline = true)]
    public Frame TwoQueues()
    {
        down.Enqueue(frame);
        up.Enqueue(down.Dequeue());
        return up.Dequeue();
    }

    /// <summary>A register read and its completion.</summary>
    [Benchmark]
    public SimTime Exchange()
    {
        var request = host.Pool.Rent();
        request.Add(Tlp.Request(TlpKind.MemoryRead, 0x2000_0020, 4), default);
        request.PromiseRequested = true;
        host.Send(request);
        var reply = host.Receive(TimeSpan.Zero)!;
        var promise = reply.Promise;
        host.Pool.Return(reply);
        return promise;
    }
}
