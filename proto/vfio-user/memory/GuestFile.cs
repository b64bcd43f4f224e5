using Pcie.VfioUser.Messages;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser.Memory;

/// <summary>A file that has guest memory, however many ranges of it are mapped.</summary>
internal abstract class GuestFile : IDisposable
{
    /// <summary>By which it is known again.</summary>
    public required Native.FileIdentity Identity { get; init; }

    /// <summary>Bytes that it had when it came.</summary>
    public ulong Size => Identity.Size;

    /// <summary>Ranges that lie in it.</summary>
    public int Ranges { get; set; }

    /// <summary>
    /// A file that cannot shrink is looked into through memory. Who could make it shorter under our hands would end this process with a signal; such
    /// a file is read and written by calls, which fail instead.
    /// </summary>
    /// <param name="descriptor">Taken over, if this succeeds.</param>
    /// <exception cref="RequestRefusedException">It is no file with memory.</exception>
    public static GuestFile Open(FileDescriptor descriptor, in Native.FileIdentity file)
    {
        if (!file.IsRegular)
            throw new RequestRefusedException(Errno.Invalid, $"DMA_MAP came with {descriptor.Kind}; expected a file or memory");
        var seals = Native.Control(descriptor.Number, Native.GetSeals, 0);
        var isFixed = seals >= 0 && (seals & Native.SealShrink) != 0;
        return isFixed && MappedFile.TryMap(descriptor, file) is { } mapped ? mapped : new CalledFile(descriptor) { Identity = file };
    }

    /// <returns>Whether all was read.</returns>
    public abstract bool Read(long offset, Span<byte> bytes);

    /// <returns>Whether all was written.</returns>
    public abstract bool Write(long offset, ReadOnlySpan<byte> bytes);

    public abstract void Dispose();
}
