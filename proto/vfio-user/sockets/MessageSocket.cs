using System.Net.Sockets;
using System.Runtime.InteropServices;
using Pcie.VfioUser.Messages;

namespace Pcie.VfioUser.Sockets;

/// <summary>
/// A client's connection: messages with the file descriptors that come with them, and what waits to be sent. One thread uses it at a time; any may
/// wake it, and one may receive while another waits to send.
/// </summary>
/// <remarks>Taking and sending a message without descriptors allocates nothing.</remarks>
internal sealed unsafe class MessageSocket : IDisposable
{
    // More than this with one message, and the client has something else in mind.
    private const int MostDescriptors = 64;

    private const int ControlHeader = 16;
    private const int ControlSize = ControlHeader + VersionMessage.MaxDescriptors * 2 * sizeof(int);

    private readonly Socket socket;
    private readonly int file;
    private readonly WaitSet waits = new();
    private readonly Lock closeLock = new();
    private readonly byte[] input = new byte[2 * MessageHeader.MaxSize];
    private readonly ReceivedDescriptors waiting = new();
    private readonly List<FileDescriptor> taken = [];
    private readonly byte[] output = new byte[MessageHeader.MaxSize];
    private byte[] unsent = new byte[MessageHeader.MaxSize];
    private int inputStart, inputEnd, unsentLength;
    private int alsoAwaited = -1;
    private long takenBytes;
    private bool isHeldUp, isDrained, isClosed;
    private string? ended;
    private InvalidDataException? wrong;

    /// <param name="socket">Connected; disposed with this.</param>
    public MessageSocket(Socket socket)
    {
        this.socket = socket;
        file = (int)socket.Handle;
    }

    /// <summary>Why nothing more will come; null while something may. What has come can still be taken.</summary>
    public string? Ended => Volatile.Read(ref ended);

    /// <summary>Whether it ended between two messages.</summary>
    public bool EndedInOrder { get; private set; }

    /// <summary>Whether the other side has not taken all that it was sent.</summary>
    public bool HasUnsent => unsentLength > 0;

    /// <summary>Whether a message has come that was not wanted when it was last asked for; nothing is received before it is taken.</summary>
    public bool IsHeldUp => isHeldUp;

    /// <summary>A file descriptor that ends a wait as well, when there is something to be read from it; -1 for none.</summary>
    public int AlsoAwaited
    {
        set
        {
            if (alsoAwaited >= 0) waits.Watch(alsoAwaited, 0);
            alsoAwaited = value;
            if (alsoAwaited >= 0) waits.Watch(alsoAwaited, Native.PollIn);
        }
    }

    /// <summary>Takes the next message, if it has come.</summary>
    /// <param name="repliesOnly">Whether a command is left where it is.</param>
    /// <exception cref="InvalidDataException">It is none: where the next one begins is not known.</exception>
    public bool TryTake(bool repliesOnly, out ReceivedMessage message)
    {
        DropTaken();
        message = default;
        isHeldUp = false;
        while (true)
        {
            if (wrong is not null) throw wrong;
            if (NextHeader() is { } header)
            {
                isHeldUp = repliesOnly && !header.IsReply;
                if (isHeldUp) return false;
                message = Take(header);
                return true;
            }
            // What left room when it was received was all there was: waiting says when there is more.
            if (Ended is not null || isDrained || !Receive()) return false;
        }
    }

    /// <summary>Where a message is to be composed: the header is written by <see cref="Send"/>.</summary>
    public Span<byte> Compose() => output;

    /// <summary>Sends what was composed, or as much as goes now; the rest goes when the other side takes it.</summary>
    public void Send(in MessageHeader header)
    {
        header.Write(output);
        var message = output.AsSpan(0, header.Size);
        if (unsentLength == 0) message = message[SendSome(message)..];
        if (message.Length == 0 || Ended is not null) return;
        if (unsentLength + message.Length > unsent.Length) Array.Resize(ref unsent, 2 * (unsentLength + message.Length));
        message.CopyTo(unsent.AsSpan(unsentLength));
        unsentLength += message.Length;
    }

    /// <summary>Sends what waits, as far as the other side takes it.</summary>
    public void SendRest()
    {
        if (unsentLength == 0) return;
        var sent = SendSome(unsent.AsSpan(0, unsentLength));
        unsentLength -= sent;
        unsent.AsSpan(sent, unsentLength).CopyTo(unsent);
    }

    /// <summary>Waits until something has come, what waits can be sent, or somebody wakes it.</summary>
    /// <param name="timeout">At most, and sometimes less; without an end if negative.</param>
    /// <returns>False if somebody has woken it since the last time.</returns>
    public bool Wait(TimeSpan timeout)
    {
        // A client that says no more may take what it was sent all the same.
        waits.Watch(file, (isHeldUp || Ended is not null ? 0 : Native.PollIn) | (unsentLength > 0 ? Native.PollOut : 0));
        var isUndisturbed = waits.Wait(timeout);
        isDrained = false;
        return isUndisturbed;
    }

    /// <summary>As above, while another thread waits for what comes.</summary>
    public bool WaitToSend(TimeSpan timeout)
    {
        waits.Watch(file, unsentLength > 0 ? Native.PollOut : 0);
        return waits.Wait(timeout);
    }

    /// <summary>Waits until something has come, or nothing more will.</summary>
    public void WaitToReceive() => Receive(0);

    /// <summary>Nothing more is received: who waits for it is told. From any thread.</summary>
    public void EndReceiving()
    {
        lock (closeLock)
            if (!isClosed) _ = Native.Shutdown(file, Native.ShutReading);
    }

    /// <summary>Ends a wait, or the next one. From any thread.</summary>
    public void Wake() => waits.Wake();

    public void Dispose()
    {
        lock (closeLock)
        {
            if (isClosed) return;
            isClosed = true;
            socket.Dispose();
        }
        waits.Dispose();
        DropTaken();
        waiting.Dispose();
    }

    // Of a message that is whole.
    private MessageHeader? NextHeader()
    {
        var have = inputEnd - inputStart;
        if (have < MessageHeader.Length) return null;
        var header = MessageHeader.Read(input.AsSpan(inputStart));
        return have < header.Size ? null : header;
    }

    private ReceivedMessage Take(in MessageHeader header)
    {
        takenBytes += header.Size;
        var isWhole = waiting.Take(takenBytes, taken);
        inputStart += header.Size;
        return new ReceivedMessage(header, input.AsMemory(inputStart - header.PayloadLength, header.PayloadLength), taken, isWhole);
    }

    // What nobody kept of the last message.
    private void DropTaken()
    {
        foreach (var descriptor in taken) descriptor.Dispose();
        taken.Clear();
    }

    /// <returns>False if nothing is there, or nothing will be.</returns>
    private bool Receive(int flags = Native.DontWait)
    {
        if (inputStart > 0)
        {
            input.AsSpan(inputStart, inputEnd - inputStart).CopyTo(input);
            (inputStart, inputEnd) = (0, inputEnd - inputStart);
        }
        var control = stackalloc byte[ControlSize];
        fixed (byte* free = &input[inputEnd])
        {
            var bytes = new Native.BytesVector { Start = free, Length = (nuint)(input.Length - inputEnd) };
            var message = new Native.MessageVector { Bytes = &bytes, BytesCount = 1, Control = control, ControlLength = ControlSize };
            var length = Native.ReceiveMessage(file, &message, flags | Native.CloseOnExec);
            if (length < 0)
            {
                var error = (Errno)Marshal.GetLastPInvokeError();
                isDrained = error == Errno.TryAgain;
                if (error is not (Errno.TryAgain or Errno.Interrupted)) End(Marshal.GetLastPInvokeErrorMessage());
                return error == Errno.Interrupted;
            }
            if (length == 0)
            {
                End("it closed the connection");
                return false;
            }
            isDrained = inputEnd + (int)length < input.Length;
            inputEnd += (int)length;
            TakeDescriptors(message);
        }
        return true;
    }

    // struct cmsghdr: u64 length with itself, i32 level, i32 type; the next one begins at a multiple of 8.
    private void TakeDescriptors(in Native.MessageVector message)
    {
        var end = takenBytes + inputEnd - inputStart;
        var length = (int)message.ControlLength;
        for (var at = 0; at + ControlHeader <= length;)
        {
            var size = (int)Math.Min(*(ulong*)(message.Control + at), (ulong)(length - at));
            if (size < ControlHeader) break;
            if (*(int*)(message.Control + at + 8) == Native.SolSocket && *(int*)(message.Control + at + 12) == Native.ScmRights)
                for (var one = at + ControlHeader; one + sizeof(int) <= at + size; one += sizeof(int))
                    waiting.Add(end, new FileDescriptor(*(int*)(message.Control + one)));
            at += (size + 7) & ~7;
        }
        if ((message.Flags & Native.ControlTruncated) != 0) waiting.Add(end, null);
        if (waiting.Count > MostDescriptors)
            wrong = new InvalidDataException($"more than {MostDescriptors} file descriptors came before a message was whole");
    }

    private int SendSome(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            while (true)
            {
                var sent = Native.Send(file, start, (nuint)bytes.Length, Native.DontWait | Native.NoSignal);
                if (sent >= 0) return (int)sent;
                switch ((Errno)Marshal.GetLastPInvokeError())
                {
                    case Errno.Interrupted:
                        continue;
                    case Errno.TryAgain:
                        return 0;
                    default:
                        End(Marshal.GetLastPInvokeErrorMessage());
                        EndReceiving();
                        return bytes.Length;
                }
            }
        }
    }

    private void End(string why)
    {
        if (Ended is not null) return;
        EndedInOrder = inputEnd == inputStart;
        Volatile.Write(ref ended, EndedInOrder ? why : $"{why} in the middle of a message");
    }
}
