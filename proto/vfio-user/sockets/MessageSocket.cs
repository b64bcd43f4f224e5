using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Pcie.VfioUser.Messages;

namespace Pcie.VfioUser.Sockets;

/// <summary>
/// A client's connection: messages with the file descriptors that come with them, and what waits to be sent. One thread uses it; any may wake it.
/// </summary>
/// <remarks>Taking and sending a message without descriptors allocates nothing.</remarks>
internal sealed unsafe class MessageSocket : IDisposable
{
    // More than this with one message, and the client has something else in mind.
    private const int MostDescriptors = 64;

    private const int ControlHeader = 16;
    private const int ControlSize = ControlHeader + VersionMessage.MaxDescriptors * 2 * sizeof(int);

    // Whoever polls a register asks again within this; to be put to sleep and woken takes longer than to look again until then.
    private static readonly TimeSpan Soon = TimeSpan.FromMicroseconds(100);

    private readonly Socket socket;
    private readonly int file;
    private readonly int wake;
    private readonly Lock wakeLock = new();
    private readonly byte[] input = new byte[2 * MessageHeader.MaxSize];
    private readonly ReceivedDescriptors waiting = new();
    private readonly List<FileDescriptor> taken = [];
    private readonly byte[] output = new byte[MessageHeader.MaxSize];
    private byte[] unsent = new byte[MessageHeader.MaxSize];
    private InvalidDataException? wrong;
    private int inputStart, inputEnd, unsentLength;
    private long takenBytes;
    private bool isHeldUp, isDrained, isWoken, isClosed, comesSoon;

    /// <param name="socket">Connected; disposed with this.</param>
    public MessageSocket(Socket socket)
    {
        this.socket = socket;
        file = (int)socket.Handle;
        wake = Native.EventFd(0, Native.EventFdNonBlocking | Native.EventFdCloseOnExec);
        if (wake < 0) throw new IOException($"No eventfd can be had: {Marshal.GetLastPInvokeErrorMessage()}.");
    }

    /// <summary>Why nothing more will come; null while something may. What has come can still be taken.</summary>
    public string? Ended { get; private set; }

    /// <summary>Whether it ended between two messages.</summary>
    public bool EndedInOrder { get; private set; }

    /// <summary>Whether the other side has not taken all that it was sent.</summary>
    public bool HasUnsent => unsentLength > 0;

    /// <summary>Whether a message has come that was not wanted when it was last asked for; nothing is received before it is taken.</summary>
    public bool IsHeldUp => isHeldUp;

    /// <summary>A file descriptor that ends a wait as well, when there is something to be read from it; -1 for none.</summary>
    public int AlsoAwaited { get; set; } = -1;

    /// <summary>Takes the next message, if it has come.</summary>
    /// <param name="repliesOnly">Whether a command is left where it is.</param>
    /// <exception cref="InvalidDataException">It is none: where the next one begins is not known.</exception>
    public bool TryTake(bool repliesOnly, out ReceivedMessage message)
    {
        if (wrong is not null) throw wrong;
        DropTaken();
        message = default;
        isHeldUp = false;
        while (true)
        {
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

    /// <summary>
    /// Waits until something has come, what waits can be sent, or somebody wakes it: in the system, unless the last wait was for a moment; then it
    /// looks for so long first, and leaves the processor to others in between.
    /// </summary>
    /// <param name="timeout">Without an end if negative.</param>
    /// <returns>False if somebody has woken it since the last time.</returns>
    public bool Wait(TimeSpan timeout)
    {
        const int Entries = 3;
        var entries = stackalloc Native.PollEntry[Entries];
        entries[0] = new Native.PollEntry { File = wake, Asked = Native.PollIn };
        entries[1] = new Native.PollEntry
        {
            // A client that says no more may take what it was sent all the same.
            File = Ended is null || unsentLength > 0 ? file : -1,
            Asked = (short)((isHeldUp || Ended is not null ? 0 : Native.PollIn) | (unsentLength > 0 ? Native.PollOut : 0)),
        };
        // The system passes over a negative one.
        entries[2] = new Native.PollEntry { File = AlsoAwaited, Asked = Native.PollIn };
        Poll(entries, Entries, timeout);
        if (entries[1].Found != 0) isDrained = false;
        if ((entries[0].Found & Native.PollIn) == 0) return true;
        ulong count;
        Native.Read(wake, &count, sizeof(ulong));
        lock (wakeLock) isWoken = false;
        return false;
    }

    /// <summary>Ends a wait, or the next one. From any thread.</summary>
    public void Wake()
    {
        lock (wakeLock)
        {
            if (isWoken || isClosed) return;
            isWoken = true;
            ulong one = 1;
            Native.Write(wake, &one, sizeof(ulong));
        }
    }

    public void Dispose()
    {
        lock (wakeLock)
        {
            if (isClosed) return;
            isClosed = true;
            Native.Close(wake);
        }
        DropTaken();
        waiting.Dispose();
        socket.Dispose();
    }

    private void Poll(Native.PollEntry* entries, int count, TimeSpan timeout)
    {
        if (timeout == TimeSpan.Zero)
        {
            PollOnce(entries, count, timeout);
            return;
        }
        var began = Stopwatch.GetTimestamp();
        var isClientAlone = AlsoAwaited < 0 && !isHeldUp && Ended is null && unsentLength == 0;
        while (comesSoon && Stopwatch.GetElapsedTime(began) is var waited && waited < Soon && (timeout < TimeSpan.Zero || waited < timeout))
        {
            // If the client is all that is waited for, it is received at once.
            if (isClientAlone && !Volatile.Read(ref isWoken) ? ReceiveAhead() : PollOnce(entries, count, TimeSpan.Zero) > 0) return;
            Thread.Yield();
        }
        var left = timeout - Stopwatch.GetElapsedTime(began);
        if (timeout > TimeSpan.Zero && left <= TimeSpan.Zero) left = TimeSpan.Zero;
        comesSoon = PollOnce(entries, count, left) > 0 && Stopwatch.GetElapsedTime(began) < Soon;
    }

    // What is wrong with it is said when it is taken.
    private bool ReceiveAhead()
    {
        try
        {
            return Receive() || Ended is not null;
        }
        catch (InvalidDataException e)
        {
            wrong = e;
            return true;
        }
    }

    private static int PollOnce(Native.PollEntry* entries, int count, TimeSpan timeout)
    {
        var limit = new Native.TimeSpec
        {
            Seconds = timeout.Ticks / TimeSpan.TicksPerSecond, Nanoseconds = timeout.Ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick,
        };
        return Native.Poll(entries, (nuint)count, timeout < TimeSpan.Zero ? null : &limit, null);
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
    private bool Receive()
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
            var length = Native.ReceiveMessage(file, &message, Native.DontWait | Native.CloseOnExec);
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
            throw new InvalidDataException($"more than {MostDescriptors} file descriptors came before a message was whole");
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
                        return bytes.Length;
                }
            }
        }
    }

    private void End(string why)
    {
        if (Ended is not null) return;
        EndedInOrder = inputEnd == inputStart;
        Ended = EndedInOrder ? why : $"{why} in the middle of a message";
    }
}
