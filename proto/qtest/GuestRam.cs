using System.Buffers;
using System.IO.MemoryMappedFiles;
using Pcie.Pci.Memory;

namespace Pcie.Qtest;

/// <summary>
/// The memory of the machine that an older QEMU emulates, which is a file: what the device does to it by DMA is here at once, and nobody
/// sees it come. Bus addresses of host memory lie in it as <see cref="Options"/> has them.
/// </summary>
internal sealed unsafe class GuestRam : IHostMemoryBacking, IDisposable
{
    // Below 4 GiB, where an address is the file's offset; the rest is at 4 GiB.
    private const long Low = 256 << 20, High = 512 << 20;
    private const ulong HighAddress = 1UL << 32;

    private readonly MemoryMappedFile mapped;
    private readonly MemoryMappedViewAccessor view;
    private readonly byte* start;

    /// <param name="path">Of a file that is made; QEMU opens it.</param>
    public GuestRam(string path)
    {
        // Without a byte on the disk until it is written.
        using (var file = File.Create(path)) file.SetLength(Low + High);
        mapped = MemoryMappedFile.CreateFromFile(path, FileMode.Open);
        view = mapped.CreateViewAccessor();
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        Options =
        [
            "-m", $"{Low + High >> 20}M", "-object", $"memory-backend-file,id=ram,size={Low + High},mem-path={path},share=on",
        ];
    }

    /// <summary>Of the machine, besides.</summary>
    public static string MachineOptions => $"memory-backend=ram,max-ram-below-4g={Low}";

    /// <summary>Options of QEMU by which its machine has it.</summary>
    public IEnumerable<string> Options { get; }

    /// <inheritdoc/>
    public Memory<byte> Provide(ulong address, int length)
    {
        var end = address + (ulong)length;
        var offset = end <= Low ? (long)address : address >= HighAddress && end <= HighAddress + High ? Low + (long)(address - HighAddress)
            : throw new IOException($"{length} bytes of host memory at 0x{address:X} lie outside of what an older QEMU has: {High >> 20} MiB.");
        return new Part(this, offset, length).Memory;
    }

    public void Dispose()
    {
        view.SafeMemoryMappedViewHandle.ReleasePointer();
        view.Dispose();
        mapped.Dispose();
    }

    private sealed class Part(GuestRam ram, long offset, int length) : MemoryManager<byte>
    {
        public override Span<byte> GetSpan() => new(ram.start + offset, length);

        public override MemoryHandle Pin(int elementIndex = 0) => new(ram.start + offset + elementIndex);

        public override void Unpin()
        {
            // It does not move.
        }

        protected override void Dispose(bool disposing)
        {
            // The whole is disposed of.
        }
    }
}
