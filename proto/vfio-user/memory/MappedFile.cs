using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser.Memory;

/// <summary>A file whose bytes are memory of this process.</summary>
internal sealed unsafe class MappedFile : GuestFile
{
    private static int mapped;

    private nint start;

    private MappedFile(nint start) => this.start = start;

    /// <summary>Mapped now, in this process; for tests.</summary>
    public static int Mapped => Volatile.Read(ref mapped);

    /// <param name="descriptor">Closed if it succeeds: the memory stays.</param>
    /// <returns>Null if the system would not map it for reading and writing.</returns>
    public static MappedFile? TryMap(FileDescriptor descriptor, in Native.FileIdentity file)
    {
        if (file.Size is 0 or > long.MaxValue) return null;
        var start = Native.Map(0, (nuint)file.Size, Native.ProtRead | Native.ProtWrite, Native.MapShared, descriptor.Number, 0);
        if (start == -1) return null;
        descriptor.Dispose();
        Interlocked.Increment(ref mapped);
        return new MappedFile(start) { Identity = file };
    }

    /// <inheritdoc/>
    public override bool Read(long offset, Span<byte> bytes)
    {
        new ReadOnlySpan<byte>((byte*)start + offset, bytes.Length).CopyTo(bytes);
        return true;
    }

    /// <inheritdoc/>
    public override bool Write(long offset, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(new Span<byte>((byte*)start + offset, bytes.Length));
        return true;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (start == 0) return;
        Native.Unmap(start, (nuint)Size);
        Interlocked.Decrement(ref mapped);
        start = 0;
    }
}
