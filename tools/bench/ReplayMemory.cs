using Pcie.Link;
using Pcie.Link.DataLinkLayer;
using Pcie.Pci;

namespace Pcie.Bench;

/// <summary>The memory that a replay buffer takes at its bound, measured by filling one.</summary>
internal static class ReplayMemory
{
    public static void Print()
    {
        Row("frames of 1 MiB in one TLP, as bulk DMA sends", () => Filled(1 << 20, 1));
        Row("frames of 64 KiB in sixteen TLPs", () => Filled(4096, 16));
        Row("the worst for arrays: 256 frames of a little over 64 KiB", () => Filled((64 << 10) - 512, 1, over: 1024));
        Row("the worst for TLPs: 256 frames of 4096 reads", () => Filled(0, Frame.MaxTlps));
    }

    private static void Row(string name, Func<ReplayBuffer> fill)
    {
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var buffer = fill();
        var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
        Console.WriteLine($"replay buffer at its bound, {name}: {buffer.Count} frames, {buffer.Payload / 1048576.0:0.0} MiB of payload, "
            + $"{taken / 1048576.0:0.0} MiB of memory");
        GC.KeepAlive(buffer);
    }

    // A buffer that takes no more. Each TLP carries so much payload, or is a read if it carries none.
    private static ReplayBuffer Filled(int payload, int tlps, int over = 0)
    {
        var (pool, link) = (new FramePool(), new DataLink(1));
        var buffer = new ReplayBuffer(pool);
        while (!buffer.IsFull)
        {
            var frame = pool.Rent();
            for (var i = 0; i < tlps; i++)
                if (payload == 0) frame.Add(Tlp.Request(TlpKind.MemoryRead, 0x1000, 4));
                else frame.Add(Tlp.Request(TlpKind.MemoryWrite, 0x1_0000_0000, payload + over)).Clear();
            link.Stamp(frame);
            buffer.Add(frame);
        }
        return buffer;
    }
}
