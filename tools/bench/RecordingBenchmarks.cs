using BenchmarkDotNet.Attributes;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Bench;

/// <summary>A register read and its completion on one thread, recorded and not.</summary>
[BenchmarkCategory("recording")]
public class RecordingBenchmarks
{
    private readonly byte[] payload = new byte[4];
    private readonly ILinkTransport[] hosts = new ILinkTransport[2];
    private long now;

    [GlobalSetup]
    public void SetUp()
    {
        hosts[0] = Host();
        var head = new SessionHead(Pacing.FreeRunning, LatencyRange.Default);
        hosts[1] = new RecordingTransport(Host(), new SessionWriter(Stream.Null, head));
    }

    [GlobalCleanup]
    public void CleanUp() => hosts[1].Dispose();

    [Benchmark(Baseline = true)]
    public int Plain() => Exchange(hosts[0]);

    [Benchmark]
    public int Recorded() => Exchange(hosts[1]);

    private int Exchange(ILinkTransport host)
    {
        now += 50_000;
        var request = host.Pool.Rent();
        request.Add(Tlp.Request(TlpKind.MemoryRead, 0x2000_0020, 4) with { SentAt = new SimTime(now) }, default);
        host.Send(request);
        var reply = host.Receive(TimeSpan.Zero)!;
        var count = reply.Count;
        host.Pool.Return(reply);
        return count;
    }

    private DirectTransport Host()
    {
        var device = new DirectTransport();
        var host = device.CreateHostEnd(() =>
        {
            var request = device.Receive(TimeSpan.Zero)!;
            var reply = device.Pool.Rent();
            reply.Add(Tlp.CompletionOf(request[0], CompletionStatus.Successful) with { SentAt = request[0].SentAt }, payload);
            device.Pool.Return(request);
            device.Send(reply);
        });
        return host;
    }
}
