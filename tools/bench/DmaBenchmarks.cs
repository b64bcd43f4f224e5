using Pcie.Emulator.Daq.Streaming;
using System.Buffers.Binary;
using BenchmarkDotNet.Attributes;
using Pcie.Daq;
using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Pci.Memory;
using Pcie.Time;

namespace Pcie.Bench;

/// <summary>
/// A chunk of 1 MiB from the card's source into host memory, checksum and all, against one copy of as many bytes.
/// <code>
/// source ─ DMA core ─ PCI function ─ DeviceSession ═ DirectTransport ═ HostSession ─ HostMemory
/// </code>
/// </summary>
[BenchmarkCategory("DMA")]
public class DmaBenchmarks : ITlpReceiver
{
    private const int ChunkSize = 1 << 20;
    private const ulong Bar = 0x2000_0000;
    private static readonly Duration Period = Duration.FromMilliseconds(10);

    private readonly byte[] from = new byte[ChunkSize];
    private readonly byte[] to = new byte[ChunkSize];
    private readonly HostMemory memory = new();
    private readonly byte[] word = new byte[4];
    private EmulatedCard card = null!;
    private HostSession host = null!;
    private SimTime until = SimTime.Zero;
    private ulong written;

    [GlobalSetup]
    public void SetUp()
    {
        var deviceEnd = new DirectTransport();
        var session = new LinkSessionOptions(Pacing.FreeRunning, LatencyRange.Default);
        var options = new DaqCardOptions { ChunkSize = ChunkSize, Period = Period, MaxSlots = 4 };
        card = new EmulatedCard(CardDesign.Daq(options), deviceEnd, session, Duration.FromMilliseconds(1));
        var hostEnd = deviceEnd.CreateHostEnd(card.Session.ServePending);
        host = new HostSession(new Timeline(), hostEnd, session) { Receiver = this };

        uint At(string register) => card.Card.Registers.Find(register)!.Offset;

        var buffer = memory.Allocate(4 * (ChunkHeader.Size + ChunkSize));
        Write(TlpKind.ConfigWrite, 0x10, (uint)Bar);
        Write(TlpKind.ConfigWrite, 0x04, 6);
        Write(TlpKind.MemoryWrite, Bar + At("DMA_BASE_LO"), (uint)buffer.Address);
        Write(TlpKind.MemoryWrite, Bar + At("DMA_BASE_HI"), (uint)(buffer.Address >> 32));
        Write(TlpKind.MemoryWrite, Bar + At("DMA_SLOT_SIZE"), ChunkHeader.Size + ChunkSize);
        Write(TlpKind.MemoryWrite, Bar + At("DMA_SLOT_COUNT"), 4);
        Write(TlpKind.MemoryWrite, Bar + At("DMA_CONTROL"), 1 | (uint)DmaMode.Ring << 1);
        Write(TlpKind.MemoryWrite, Bar + At("SOURCE_CONTROL"), 1);
        // A chunk is complete 1.1 ms after its period at 1 GB/s: stop in the middle between two.
        until = SimTime.Zero + new Duration(Period.Nanoseconds / 2);
    }

    [GlobalCleanup]
    public void CleanUp() => card.Dispose();

    [Benchmark(Baseline = true)]
    public void OneCopy() => from.AsSpan().CopyTo(to);

    [Benchmark]
    public ulong Chunk()
    {
        var before = written;
        until += Period;
        host.Run(until, CancellationToken.None);
        if (written - before < ChunkSize || memory.Undecoded > 0)
            throw new InvalidOperationException($"{written - before} bytes came in a period, {memory.Undecoded} writes went elsewhere.");
        return written;
    }

    void ITlpReceiver.Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind != TlpKind.MemoryWrite) return;
        memory.Write(tlp, payload);
        written += (ulong)tlp.Length;
    }

    void ITlpReceiver.LinkWentDown(LinkDown down) => throw new InvalidOperationException($"The link went down: {down}.");

    private void Write(TlpKind kind, ulong address, uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(word, value);
        host.Send(Tlp.Request(kind, address, 4), word);
    }
}
