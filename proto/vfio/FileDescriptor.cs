using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Pcie.Vfio;

/// <summary>An open file of the kernel's.</summary>
internal sealed class FileDescriptor : SafeHandleMinusOneIsInvalid
{
    public FileDescriptor(int number)
        : base(ownsHandle: true) => SetHandle(number);

    public int Number => (int)handle;

    /// <summary>A counter that the kernel raises when an interrupt comes.</summary>
    /// <exception cref="IOException">There are no more.</exception>
    public static FileDescriptor EventFd()
    {
        var number = Libc.EventFd(0, Libc.CloseOnExec | Libc.EventFdNonBlocking);
        return number >= 0 ? new FileDescriptor(number)
            : throw new IOException($"No eventfd is to be had: {Marshal.GetLastPInvokeErrorMessage()}. Raise the limit of open files (ulimit -n).");
    }

    /// <summary>Opens a device of /dev.</summary>
    /// <returns>Null with the error number, if it cannot be opened.</returns>
    public static FileDescriptor? TryOpen(string path, out int error)
    {
        var number = Libc.Open(path, Libc.ReadWrite | Libc.CloseOnExec);
        error = number < 0 ? Marshal.GetLastPInvokeError() : 0;
        return number < 0 ? null : new FileDescriptor(number);
    }

    protected override bool ReleaseHandle() => Libc.Close((int)handle) == 0;
}
