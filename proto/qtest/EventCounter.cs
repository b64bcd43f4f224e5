using System.Runtime.InteropServices;

namespace Pcie.Qtest;

/// <summary>A counter of the kernel's (eventfd) that another process raises.</summary>
internal sealed unsafe class EventCounter : IDisposable
{
    /// <exception cref="IOException">There are no more.</exception>
    public EventCounter()
    {
        Number = Native.EventFd(0, Native.EventFdNonBlocking | Native.EventFdCloseOnExec);
        if (Number < 0)
            throw new IOException($"No eventfd is to be had: {Marshal.GetLastPInvokeErrorMessage()}. Raise the limit of open files (ulimit -n).");
    }

    /// <summary>The file descriptor.</summary>
    public int Number { get; }

    /// <summary>How far it has counted since it was last asked.</summary>
    public ulong Take()
    {
        ulong count;
        return Native.Read(Number, &count, sizeof(ulong)) == sizeof(ulong) ? count : 0;
    }

    public void Dispose() => Native.Close(Number);
}
