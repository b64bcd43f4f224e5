using Microsoft.Win32.SafeHandles;

namespace Pcie.VfioUser.Sockets;

/// <summary>A file descriptor that a client has sent, until it is closed; whoever takes it over closes it.</summary>
internal sealed class FileDescriptor(int number) : SafeHandleMinusOneIsInvalid(ownsHandle: true)
{
    private static int open;

    private readonly int number = Opened(number);

    /// <summary>Received and not closed, in this process; for tests.</summary>
    public static int Open => Volatile.Read(ref open);

    public int Number => IsClosed ? throw new ObjectDisposedException(nameof(FileDescriptor)) : number;

    /// <summary>What kind of thing it is, as the system calls it: the path of a file, or as in "anon_inode:[eventfd]".</summary>
    public string? Kind
    {
        get
        {
            try
            {
                return new FileInfo($"/proc/self/fd/{Number}").LinkTarget;
            }
            catch (IOException)
            {
                return null;
            }
        }
    }

    public override bool IsInvalid => number < 0;

    protected override bool ReleaseHandle()
    {
        Interlocked.Decrement(ref open);
        return Native.Close(number) == 0;
    }

    private static int Opened(int number)
    {
        Interlocked.Increment(ref open);
        return number;
    }
}
