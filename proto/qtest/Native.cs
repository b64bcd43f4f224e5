using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Pcie.Qtest;

/// <summary>The calls of 64-bit Linux that .NET has no classes for: eventfds, and file descriptors in messages.</summary>
internal static unsafe partial class Native
{
    public const int EventFdNonBlocking = 0x800, EventFdCloseOnExec = 0x8_0000;
    public const short PollIn = 1;

    // struct cmsghdr: u64 length with itself, i32 level, i32 type; then the descriptor, and padding to a multiple of 8.
    private const int SolSocket = 1, ScmRights = 1, NoSignal = 0x4000, ControlHeader = 16, ControlSize = 24;

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int file, void* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(PollEntry* entries, nuint count, TimeSpec* timeout, void* signals);

    /// <summary>Sends a number of 8 bytes, and a file descriptor with it.</summary>
    /// <exception cref="IOException">Nobody takes it.</exception>
    public static void Send(Socket socket, long number, int? descriptor)
    {
        var control = stackalloc byte[ControlSize];
        *(ulong*)control = ControlHeader + sizeof(int);
        *(int*)(control + 8) = SolSocket;
        *(int*)(control + 12) = ScmRights;
        *(int*)(control + ControlHeader) = descriptor ?? 0;
        // struct iovec and struct msghdr.
        var bytes = stackalloc nuint[] { (nuint)(&number), sizeof(long) };
        var (place, length) = descriptor is null ? ((nuint)0, (nuint)0) : ((nuint)control, (nuint)ControlSize);
        var message = stackalloc nuint[] { 0, 0, (nuint)bytes, 1, place, length, 0 };
        if (SendMessage((int)socket.Handle, message, NoSignal) != sizeof(long))
            throw new IOException($"QEMU does not take its doorbells: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static partial nint SendMessage(int socket, void* message, int flags);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PollEntry
    {
        public int File;
        public short Asked;
        public short Found;
    }

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
