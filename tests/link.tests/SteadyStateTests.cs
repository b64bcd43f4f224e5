using Pcie.Link.Transports;
using Pcie.Pci;

namespace Pcie.Link.Tests;

/// <summary>
/// Sending and receiving allocate nothing once frames have grown to their working size. Of shared memory, <see cref="Shm.SharedMemoryLaneTests"/> say
/// so, of virtual machines and of whole runs the SteadyStateTests there; gRPC's own calls allocate for each message.
/// </summary>
public sealed class SteadyStateTests
{
    [Fact]
    public void TwoEnginesOfOneThreadAllocateNothing()
    {
        var device = new DirectTransport();
        AssertAllocatesNothing(device.CreateHostEnd(static () => { }), device);
    }

    [Fact]
    public void TwoEnginesOfOneProcessAllocateNothing()
    {
        var (host, device) = InProcessTransport.CreatePair();
        AssertAllocatesNothing(host, device);
    }

    private static void AssertAllocatesNothing(ILinkTransport host, ILinkTransport device)
    {
        for (var warmUp = 0; warmUp < 2; warmUp++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 1000; i++)
            {
                Pass(host, device, 4);
                Pass(device, host, 64 << 10);
            }
            if (warmUp == 1) Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        }
    }

    private static void Pass(ILinkTransport from, ILinkTransport to, int length)
    {
        var frame = from.Pool.Rent();
        frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1000, length));
        from.Send(frame);
        to.Pool.Return(to.Receive(TimeSpan.Zero)!);
    }
}
