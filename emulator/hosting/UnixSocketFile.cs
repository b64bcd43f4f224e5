using System.Net.Sockets;

namespace Pcie.Emulator.Hosting;

/// <summary>The file of a UNIX socket to listen on.</summary>
internal static class UnixSocketFile
{
    /// <summary>Binds a socket that only this user may connect to, in the place of one that a dead process left behind.</summary>
    /// <exception cref="ListenRefusedException">Something else is there, or the file cannot be made.</exception>
    public static Socket Bind(string path)
    {
        RemoveStale(path);
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Bind(new UnixDomainSocketEndPoint(path));
            // Nobody can connect before the socket listens, so that nobody slips in before this.
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            return socket;
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            socket.Dispose();
            throw new ListenRefusedException($"Cannot make the socket {path}: {e.Message}.");
        }
    }

    private static void RemoveStale(string path)
    {
        if (!File.Exists(path)) return;
        if (CanBeOpened(path))
            throw new ListenRefusedException($"{path} is there and is no socket; it is left alone. Name another path.");
        if (IsListenedOn(path))
            throw new ListenRefusedException($"Another process listens on {path}. Stop it, or name another path.");
        File.Delete(path);
    }

    // To connect to an ordinary file is refused just as to a dead socket; but no socket can be opened.
    private static bool CanBeOpened(string path)
    {
        try
        {
            // For writing too, since a pipe would be waited for that somebody writes to.
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            return true;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool IsListenedOn(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
