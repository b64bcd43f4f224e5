using System.Runtime.InteropServices;

namespace Pcie.VfioUser.Sockets;

/// <summary>The calls of 64-bit Linux that .NET has no classes for: file descriptors in messages, eventfds, memory of a file.</summary>
internal static unsafe partial class Native
{
    public const int SolSocket = 1, ScmRights = 1, PeerCredentials = 17;
    public const int DontWait = 0x40, NoSignal = 0x4000, CloseOnExec = 0x4000_0000, ControlTruncated = 0x8;
    public const int ShutReading = 0;
    public const uint PollIn = 1, PollOut = 4;
    public const int ProtRead = 1, ProtWrite = 2, MapShared = 1;
    public const int EventFdNonBlocking = 0x800, EventFdCloseOnExec = 0x8_0000;
    public const int TimerFdNonBlocking = 0x800, TimerFdCloseOnExec = 0x8_0000, ClockMonotonic = 1, EPollCloseOnExec = 0x8_0000;
    public const int GetFlags = 3, SetFlags = 4, AccessMode = 3, GetSeals = 1034, NonBlocking = 0x800, SealShrink = 2;

    private const int EmptyPath = 0x1000;
    private const uint BasicStatistics = 0x7FF;

    /// <summary>Whether these calls are there, laid out as here.</summary>
    public static bool IsSupported => OperatingSystem.IsLinux() && Environment.Is64BitProcess && BitConverter.IsLittleEndian;

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int socket, MessageVector* message, int flags);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, byte* bytes, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int socket, int how);

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    public static partial int EPollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    public static partial int EPollControl(int set, int operation, int file, void* change);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    public static partial int EPollWait(int set, void* found, int most, int milliseconds);

    [LibraryImport("libc", EntryPoint = "timerfd_create", SetLastError = true)]
    public static partial int TimerFd(int clock, int flags);

    [LibraryImport("libc", EntryPoint = "timerfd_settime", SetLastError = true)]
    public static partial int SetTimer(int timer, int flags, TimeSpec* time, TimeSpec* before);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    public static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int file, void* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int file, void* bytes, nuint length);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    public static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int file, int command, nint argument);

    /// <summary>What a file is.</summary>
    /// <returns>Null if the system does not say.</returns>
    public static FileIdentity? Identify(int file)
    {
        var found = stackalloc byte[256];
        byte empty = 0;
        return StatX(file, &empty, EmptyPath, BasicStatistics, found) != 0 ? null : new FileIdentity(
            *(ushort*)(found + 28), *(ulong*)(found + 32), *(ulong*)(found + 40), (ulong)*(uint*)(found + 136) << 32 | *(uint*)(found + 140),
            Control(file, GetFlags, 0) & AccessMode);
    }

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true)]
    private static partial int StatX(int folder, byte* path, int flags, uint mask, byte* found);

    /// <summary>struct msghdr.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageVector
    {
        public void* Name;
        public nuint NameLength;
        public BytesVector* Bytes;
        public nuint BytesCount;
        public byte* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct BytesVector
    {
        public byte* Start;
        public nuint Length;
    }

    /// <summary>struct timespec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;

        public static TimeSpec Of(TimeSpan time) => new()
        {
            Seconds = time.Ticks / TimeSpan.TicksPerSecond, Nanoseconds = time.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
    }

    /// <summary>What statx says of a file.</summary>
    /// <param name="Access">What this descriptor of it is for: reading, writing or both.</param>
    public readonly record struct FileIdentity(ushort Mode, ulong Inode, ulong Size, ulong Device, int Access)
    {
        private const ushort KindBits = 0xF000, Regular = 0x8000;

        public bool IsRegular => (Mode & KindBits) == Regular;
    }
}
