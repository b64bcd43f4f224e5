using Microsoft.Win32.SafeHandles;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser.Memory;

/// <summary>A file that is read and written by calls.</summary>
internal sealed class CalledFile(FileDescriptor descriptor) : GuestFile
{
    private readonly SafeFileHandle file = new(descriptor.Number, ownsHandle: false);

    /// <inheritdoc/>
    public override bool Read(long offset, Span<byte> bytes)
    {
        try
        {
            return RandomAccess.Read(file, bytes, offset) == bytes.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override bool Write(long offset, ReadOnlySpan<byte> bytes)
    {
        try
        {
            RandomAccess.Write(file, bytes, offset);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        file.Dispose();
        descriptor.Dispose();
    }
}
