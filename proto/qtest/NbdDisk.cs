using System.Buffers.Binary;
using System.Net.Sockets;

namespace Pcie.Qtest;

/// <summary>
/// A disk of QEMU's that is here: QEMU asks for its blocks by the protocol NBD, and each request is answered when it is told so. A file of
/// QEMU's own is read by threads of QEMU's, and which of several requests is done first, and when, is the machine's.
/// </summary>
/// <remarks>
/// Of NBD (doc/proto.md of its project) this is the fixed newstyle, with simple replies. That QEMU has gone is found by who asks it something.
/// </remarks>
internal sealed class NbdDisk : IDisposable
{
    private const long Bytes = DeviceBacking.DiskBytes;

    private const ulong Magic = 0x4E42444D41474943, OptionMagic = 0x49484156454F5054, OptionReplyMagic = 0x3E889045565A9;
    private const uint RequestMagic = 0x25609513, ReplyMagic = 0x67446698;
    private const ushort FixedNewstyle = 1, NoZeroes = 2;
    private const uint Abort = 2, Info = 6, Go = 7;
    private const uint Acknowledged = 1, Informed = 3, Unsupported = 0x8000_0001;
    private const ushort ExportInfo = 0, HasFlags = 1, SendFlush = 4, SendFua = 8, SendWriteZeroes = 64;
    private const ushort Read = 0, Write = 1, Flush = 3, WriteZeroes = 6;
    private const uint Invalid = 22;
    private const int RequestBytes = 28, ReplyBytes = 16, LongestOption = 4096;

    // What the protocol allows a client that has not been told otherwise.
    private const int LongestTransfer = 32 << 20;

    private readonly Task<Socket> connected;
    private readonly Stream medium;
    private byte[] input = new byte[64 << 10], output = new byte[64 << 10];
    private int inputLength;

    /// <param name="listening">Where QEMU is told to connect; not disposed of.</param>
    /// <param name="file">To be made: the blocks. Its name may go at once.</param>
    public NbdDisk(Socket listening, string file)
    {
        medium = new FileStream(file, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 0);
        medium.SetLength(Bytes);
        // QEMU connects while it builds its machine, and builds no further until it has been told how large the disk is.
        connected = Task.Run(() => Connect(listening));
    }

    /// <summary>Whether something of QEMU's is here that has not been answered, if only in part.</summary>
    public bool HasMore
    {
        get
        {
            Receive();
            return inputLength > 0;
        }
    }

    /// <summary>Answers the request that came first.</summary>
    /// <returns>Whether there was one.</returns>
    /// <exception cref="IOException">It is none of NBD.</exception>
    public bool AnswerNext()
    {
        Receive();
        if (inputLength < RequestBytes) return false;
        if (BinaryPrimitives.ReadUInt32BigEndian(input) != RequestMagic) throw Broke("what is no request");
        var kind = BinaryPrimitives.ReadUInt16BigEndian(input.AsSpan(6));
        var offset = BinaryPrimitives.ReadUInt64BigEndian(input.AsSpan(16));
        var length = BinaryPrimitives.ReadUInt32BigEndian(input.AsSpan(24));
        if (kind is Read or Write && length > LongestTransfer) throw Broke($"a request of {length} bytes");
        var size = RequestBytes + (kind == Write ? (int)length : 0);
        if (inputLength < size) return false;
        var isThere = offset <= (ulong)Bytes && length <= (ulong)Bytes - offset;
        var answerLength = ReplyBytes + (kind == Read && isThere ? (int)length : 0);
        if (output.Length < answerLength) output = new byte[answerLength];
        var isDone = isThere && Perform(kind, (long)offset, (int)length);
        BinaryPrimitives.WriteUInt32BigEndian(output, ReplyMagic);
        BinaryPrimitives.WriteUInt32BigEndian(output.AsSpan(4), isDone ? 0 : Invalid);
        input.AsSpan(8, 8).CopyTo(output.AsSpan(8));
        inputLength -= size;
        input.AsSpan(size, inputLength).CopyTo(input);
        Send(connected.Result, output.AsSpan(0, answerLength));
        return true;
    }

    public void Dispose()
    {
        // Whoever waits for QEMU to connect ends with the socket that listens.
        if (connected.IsCompletedSuccessfully) connected.Result.Dispose();
        medium.Dispose();
    }

    private bool Perform(ushort kind, long offset, int length)
    {
        medium.Position = offset;
        switch (kind)
        {
            case Read:
                medium.ReadExactly(output.AsSpan(ReplyBytes, length));
                return true;
            case Write:
                medium.Write(input.AsSpan(RequestBytes, length));
                return true;
            case WriteZeroes:
                medium.Write(new byte[length]);
                return true;
            default:
                return kind == Flush;
        }
    }

    // What has come; and room for a request that is longer than all before.
    private void Receive()
    {
        if (!connected.IsCompletedSuccessfully) return;
        while (true)
        {
            if (inputLength == input.Length)
            {
                if (input.Length > LongestTransfer) return;
                Array.Resize(ref input, 2 * input.Length);
            }
            var received = connected.Result.Receive(input.AsSpan(inputLength), SocketFlags.None, out var error);
            if (error != SocketError.Success || received == 0) return;
            inputLength += received;
        }
    }

    private static void Send(Socket socket, ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var sent = socket.Send(bytes, SocketFlags.None, out var error);
            if (error is not (SocketError.Success or SocketError.WouldBlock)) throw new QemuGoneException();
            if (error == SocketError.WouldBlock && !socket.Poll(QtestSocket.UsualPatience, SelectMode.SelectWrite))
                throw Broke("a request, and does not take the answer");
            bytes = bytes[sent..];
        }
    }

    // The handshake, up to the option after which requests come.
    private static Socket Connect(Socket listening)
    {
        var socket = listening.Accept();
        try
        {
            Greet(socket);
        }
        catch
        {
            // QEMU says so, and ends.
            socket.Dispose();
            throw;
        }
        socket.Blocking = false;
        return socket;
    }

    private static void Greet(Socket socket)
    {
        Span<byte> greeting = stackalloc byte[18];
        BinaryPrimitives.WriteUInt64BigEndian(greeting, Magic);
        BinaryPrimitives.WriteUInt64BigEndian(greeting[8..], OptionMagic);
        BinaryPrimitives.WriteUInt16BigEndian(greeting[16..], FixedNewstyle | NoZeroes);
        socket.Send(greeting);
        var head = new byte[16];
        // What the client can do: as much as it is offered.
        Fill(socket, head.AsSpan(0, sizeof(uint)));
        while (true)
        {
            Fill(socket, head);
            var option = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(8));
            var length = BinaryPrimitives.ReadUInt32BigEndian(head.AsSpan(12));
            if (BinaryPrimitives.ReadUInt64BigEndian(head) != OptionMagic || length > LongestOption) throw Broke("what is no option");
            Fill(socket, new byte[length]);
            if (option is not (Info or Go))
            {
                Reply(socket, option, option == Abort ? Acknowledged : Unsupported, []);
                continue;
            }
            var export = new byte[12];
            BinaryPrimitives.WriteUInt16BigEndian(export, ExportInfo);
            BinaryPrimitives.WriteInt64BigEndian(export.AsSpan(2), Bytes);
            BinaryPrimitives.WriteUInt16BigEndian(export.AsSpan(10), HasFlags | SendFlush | SendFua | SendWriteZeroes);
            Reply(socket, option, Informed, export);
            Reply(socket, option, Acknowledged, []);
            if (option == Go) return;
        }
    }

    private static void Reply(Socket socket, uint option, uint kind, ReadOnlySpan<byte> body)
    {
        var reply = new byte[20 + body.Length];
        BinaryPrimitives.WriteUInt64BigEndian(reply, OptionReplyMagic);
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(8), option);
        BinaryPrimitives.WriteUInt32BigEndian(reply.AsSpan(12), kind);
        BinaryPrimitives.WriteInt32BigEndian(reply.AsSpan(16), body.Length);
        body.CopyTo(reply.AsSpan(20));
        socket.Send(reply);
    }

    private static void Fill(Socket socket, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var received = socket.Receive(bytes);
            if (received == 0) throw new QemuGoneException();
            bytes = bytes[received..];
        }
    }

    private static IOException Broke(string what) =>
        new($"QEMU, as the client of a disk by the protocol NBD, sent {what}. Use the QEMU that emu guest --prepare fetches.");
}
