using System.Buffers;
using System.Runtime.InteropServices;
using Pcie.Pci.Memory;

namespace Pcie.Vfio;

/// <summary>Host memory that the device reaches by itself: pages of this process, at the bus addresses that the host has given them.</summary>
internal sealed class DmaMemory(IIommu iommu) : IHostMemoryBacking, IDisposable
{
    private const int Page = 4096;

    private readonly List<(ulong Address, ulong Length)> mapped = [];

    /// <inheritdoc/>
    public Memory<byte> Provide(ulong address, int length)
    {
        var pages = new Pages((length + Page - 1) / Page * Page);
        iommu.Map(address, pages.Start, (ulong)pages.Length);
        mapped.Add((address, (ulong)pages.Length));
        return pages.Memory[..length];
    }

    /// <summary>The device reaches none of it any more; who has it still can.</summary>
    public void Dispose()
    {
        foreach (var (address, length) in mapped) iommu.Unmap(address, length);
        mapped.Clear();
    }

    // Shared, so that a process that this one starts leaves the pages where they are. They live as long as somebody has them.
    private sealed unsafe class Pages : MemoryManager<byte>
    {
        public Pages(int length)
        {
            Length = length;
            Start = Libc.Map(0, (nuint)length, Libc.ProtRead | Libc.ProtWrite, Libc.MapShared | Libc.MapAnonymous, -1, 0);
            if (Start == -1) throw new IOException($"{length} bytes of memory for the device: {Marshal.GetLastPInvokeErrorMessage()}.");
        }

#pragma warning disable CA2015 // Spans are taken of host memory, which holds on to these pages meanwhile.
        ~Pages() => Dispose(false);
#pragma warning restore CA2015

        public nint Start { get; }

        public int Length { get; }

        public override Span<byte> GetSpan() => new((void*)Start, Length);

        public override MemoryHandle Pin(int elementIndex = 0) => new((void*)(Start + elementIndex));

        public override void Unpin()
        {
            // It does not move.
        }

        protected override void Dispose(bool disposing)
        {
            if (Start != -1) Libc.Unmap(Start, (nuint)Length);
        }
    }
}
