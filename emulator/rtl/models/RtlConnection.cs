using System.Buffers.Binary;
using System.Net.Sockets;

namespace Pcie.Emulator.Rtl.Models;

/// <summary>The connection to a simulator at a UNIX socket, made when it is first wanted. The card that was made last has it.</summary>
/// <param name="path">Where the simulator listens.</param>
/// <param name="limit">How long an answer may take.</param>
public sealed class RtlConnection(string path, TimeSpan limit)
{
    private readonly byte[] length = new byte[sizeof(uint)];
    private Socket? socket;
    private RtlSocket? owner;

    public override string ToString() => $"rtl-socket:{path}";

    /// <summary>From now on it is this card's.</summary>
    /// <exception cref="RtlException">Nobody listens.</exception>
    internal void TakeOver(RtlSocket card)
    {
        owner = card;
        if (socket is not null) return;
        var opened = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
        {
            ReceiveTimeout = (int)limit.TotalMilliseconds, SendTimeout = (int)limit.TotalMilliseconds,
        };
        try
        {
            opened.Connect(new UnixDomainSocketEndPoint(path));
        }
        catch (Exception e) when (e is SocketException or ArgumentException)
        {
            opened.Dispose();
            throw new RtlException($"{this}: no simulator listens there ({e.Message}); start it first.");
        }
        socket = opened;
    }

    internal void Send(RtlSocket card, ReadOnlySpan<byte> message)
    {
        if (card != owner) throw new RtlException($"{this}: the simulator's card belongs to a later session.");
        try
        {
            while (!message.IsEmpty) message = message[socket!.Send(message)..];
        }
        catch (SocketException e)
        {
            throw Lost(e);
        }
    }

    /// <summary>One message, without its length.</summary>
    internal ReadOnlySpan<byte> Receive(byte[] buffer)
    {
        Fill(length);
        var bytes = BinaryPrimitives.ReadUInt32LittleEndian(length);
        if (bytes > buffer.Length)
            throw new RtlException($"{this}: the simulator announces a message of {bytes} bytes; {buffer.Length} is the most.");
        Fill(buffer.AsSpan(0, (int)bytes));
        return buffer.AsSpan(0, (int)bytes);
    }

    private void Fill(Span<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                var got = socket!.Receive(bytes);
                if (got == 0) throw new RtlException($"{this}: the simulator has closed the connection.");
                bytes = bytes[got..];
            }
        }
        catch (SocketException e)
        {
            throw Lost(e);
        }
    }

    private RtlException Lost(SocketException e) => new(e.SocketErrorCode is SocketError.TimedOut or SocketError.WouldBlock
        ? $"{this}: the simulator has not answered for {limit.TotalSeconds:0.###} s. If it is only slow, raise watchdog in [card]."
        : $"{this}: the simulator is gone: {e.Message}");
}
