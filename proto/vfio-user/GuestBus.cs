using System.Buffers.Binary;
using System.Numerics;
using NLog;
using Pcie.Link;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.VfioUser.Memory;
using Pcie.VfioUser.Messages;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser;

/// <summary>
/// Where the card's requests go, as a root complex has them: writes and reads of the guest's memory, and messages, which are eventfds. Memory that
/// came without a file is asked for by messages, one after the other, and what the card sent later waits: a message signalled interrupt does not
/// pass the data that it announces. Completions do pass: the client answers nobody while it waits for one.
/// </summary>
/// <remarks>Memory that came with a file is read and written without allocating.</remarks>
internal sealed class GuestBus(
    MessageSocket socket, ToCard card, CommandServer commands, GuestMemory memory, VfioUserCounters counters, FramePool pool, int maxData)
{
    /// <summary>Where messages of MSI-X are written: the client keeps the guest's table to itself, and the card's is programmed with this.</summary>
    public const ulong MsixAddress = 0xFEE0_0000;

    // So much may wait for the client's answers before the card's engine waits too, and before the client is given up (bytes).
    private const int FullAt = 16 << 20, LimitAt = 256 << 20;

    private const int DmaHeader = 16;

    private const string NotMapped = "the client has mapped nothing there for this, or took it back";

    private static readonly Logger Log = LogManager.GetLogger("Pcie.VfioUser");

    private readonly Queue<Frame> parked = new();

    // What either side has said of itself holds for both: QEMU ends the connection over a message that has more than the server said.
    private readonly int longest = Math.Min(maxData, RegionAccess.MaxCount);

    private long parkedBytes;
    private int next;
    private ushort messageId;
    private byte[] gathered = [];

    // The transfer by messages: how much of it is done, and what was asked for last.
    private Tlp current;
    private int done, asked;
    private bool isAsking;

    /// <summary>Whether the card had better wait.</summary>
    public bool IsFull => parkedBytes > FullAt;

    /// <summary>Whether the client has left too many transfers unanswered.</summary>
    public bool IsAtLimit => parkedBytes > LimitAt;

    /// <summary>Takes what the card has sent. The frame is this side's from now on.</summary>
    public void Take(Frame frame)
    {
        var i = 0;
        if (parked.Count == 0)
            for (; i < frame.Count && !isAsking; i++) Take(frame[i], frame.PayloadOf(frame[i]));
        if (i == frame.Count && !isAsking)
        {
            pool.Return(frame);
            return;
        }
        if (parked.Count == 0) next = i;
        parked.Enqueue(frame);
        parkedBytes += frame.PayloadLength;
        for (; i < frame.Count; i++)
            if (frame[i].Kind == TlpKind.Completion) Complete(frame[i], frame.PayloadOf(frame[i]));
    }

    /// <summary>The client's answer to a message of this side.</summary>
    public void TakeReply(in ReceivedMessage message)
    {
        if (!isAsking || message.Header.Id != messageId)
        {
            Log.Repeatedly(LogLevel.Warn, counters.ReplyIgnored(),
                $"A reply of the client with number {message.Header.Id}, for which nothing waits.");
            return;
        }
        isAsking = false;
        if (WrongWith(message) is { } wrong)
        {
            GiveUp(wrong);
            return;
        }
        var isRead = current.Kind == TlpKind.MemoryRead;
        if (isRead) message.Payload.Span[DmaHeader..].CopyTo(gathered.AsSpan(done));
        done += asked;
        if (done < current.Length)
        {
            // The client may have taken some of it back while it was asked for the rest.
            if (memory.Find(current.Address + (ulong)done, current.Length - done, !isRead) == GuestReach.Refused) GiveUp(NotMapped);
            else Ask();
            return;
        }
        Count(current);
        if (isRead) AnswerCard(current, gathered);
        Continue();
    }

    /// <summary>What waits is lost: the link is down.</summary>
    public void Discard()
    {
        while (parked.TryDequeue(out var frame)) pool.Return(frame);
        (parkedBytes, next, isAsking) = (0, 0, false);
    }

    // What stands in an answer is where, and how much; behind that, what was read. Of a write some clients say neither.
    private string? WrongWith(in ReceivedMessage reply)
    {
        var payload = reply.Payload.Span;
        var isRead = current.Kind == TlpKind.MemoryRead;
        if (reply.Header.Command != CommandOf(current)) return $"the client answers {reply.Header.Command}";
        if (reply.Header.IsError) return $"the client says error {(int)reply.Header.Error}";
        if (reply.Descriptors.Count > 0 || !reply.HasAllDescriptors) return "the client's answer has file descriptors";
        if (!isRead && payload.Length == 0) return null;
        var expected = DmaHeader + (isRead ? asked : 0);
        if (payload.Length != expected) return $"the client's answer has {payload.Length} bytes; expected {expected}";
        var (address, count) = (BinaryPrimitives.ReadUInt64LittleEndian(payload), BinaryPrimitives.ReadUInt64LittleEndian(payload[sizeof(ulong)..]));
        return address == current.Address + (ulong)done && count == (ulong)asked ? null
            : $"the client's answer is to {count} bytes at 0x{address:X}; expected {asked} at 0x{current.Address + (ulong)done:X}";
    }

    private void GiveUp(string why)
    {
        Refuse(current, why);
        Continue();
    }

    private void Continue()
    {
        while (!isAsking && parked.TryPeek(out var frame))
        {
            if (next < frame.Count)
            {
                // Completions have passed.
                ref readonly var tlp = ref frame[next++];
                if (tlp.Kind != TlpKind.Completion) Take(tlp, frame.PayloadOf(tlp));
                continue;
            }
            next = 0;
            parkedBytes -= frame.PayloadLength;
            pool.Return(parked.Dequeue());
        }
    }

    private void Take(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.Completion) Complete(tlp, payload);
        else if (tlp.Kind == TlpKind.Message) commands.SetLine((MessageCode)tlp.Address == MessageCode.AssertIntA);
        else if (tlp.Kind is TlpKind.MemoryWrite or TlpKind.MemoryRead && tlp.Length > 0) Transfer(tlp, payload);
    }

    private void Complete(in Tlp completion, ReadOnlySpan<byte> payload)
    {
        if (!commands.Complete(completion, payload)) Log.Debug("A completion of the card with tag {0}, for which nothing waits", completion.Tag);
    }

    private void Transfer(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        var isWrite = tlp.Kind == TlpKind.MemoryWrite;
        if (isWrite && tlp.Length == sizeof(uint) && IsMessage(tlp, BinaryPrimitives.ReadUInt32LittleEndian(payload))) return;
        switch (memory.Find(tlp.Address, tlp.Length, isWrite))
        {
            case GuestReach.File when isWrite ? WriteFile(tlp, payload) : ReadFile(tlp):
                Count(tlp);
                break;
            case GuestReach.Message:
                (current, done) = (tlp, 0);
                if (gathered.Length < tlp.Length) gathered = new byte[BitOperations.RoundUpToPowerOf2((uint)tlp.Length)];
                if (isWrite) payload.CopyTo(gathered);
                Ask();
                break;
            default:
                Refuse(tlp, NotMapped);
                break;
        }
    }

    // A message is what the host has programmed as one; anything else is data.
    private bool IsMessage(in Tlp tlp, uint data)
    {
        if (commands.Function is not { } function) return false;
        var (kind, number) = (InterruptSet.Msix, (int)data);
        if (!function.IsMsixOn || tlp.Address != MsixAddress)
        {
            if (!function.IsMsiOn || tlp.Address != function.MsiAddress) return false;
            (kind, number) = (InterruptSet.Msi, function.MsiNumberOf(data));
        }
        if (commands.Interrupts!.Raise(kind, number)) counters.InterruptRaised();
        else
            Log.Repeatedly(LogLevel.Info, counters.InterruptUnassigned(),
                $"Message {number} of the card is lost: the client has no eventfd for it.");
        return true;
    }

    private bool WriteFile(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.FirstByteEnables == 0xF && (tlp.LastByteEnables == 0xF || tlp.Length == 4)) return memory.Write(tlp.Address, payload);
        for (var i = 0; i < tlp.Length; i++)
            if (tlp.IsEnabled(i) && !memory.Write(tlp.Address + (ulong)i, payload.Slice(i, 1))) return false;
        return true;
    }

    private bool ReadFile(in Tlp tlp)
    {
        if (!card.HasRoom(tlp.Length)) return false;
        // The place is in the frame already: what is not in the file reads as it reads at the end of the bus.
        var place = card.Add(Tlp.CompletionOf(tlp, CompletionStatus.Successful));
        if (!memory.Read(tlp.Address, place)) place.Fill(0xFF);
        return true;
    }

    private void Ask()
    {
        var isWrite = current.Kind == TlpKind.MemoryWrite;
        asked = Math.Min(longest, current.Length - done);
        var message = new Reply(socket.Compose());
        message.UInt64(current.Address + (ulong)done);
        message.UInt64((ulong)asked);
        if (isWrite) message.Bytes(gathered.AsSpan(done, asked));
        isAsking = true;
        counters.DmaMessage();
        socket.Send(new MessageHeader(++messageId, CommandOf(current), message.Size, 0));
    }

    private static Command CommandOf(in Tlp tlp) => tlp.Kind == TlpKind.MemoryWrite ? Command.DmaWrite : Command.DmaRead;

    private void AnswerCard(in Tlp read, ReadOnlySpan<byte> bytes)
    {
        if (card.HasRoom(read.Length)) card.Add(Tlp.CompletionOf(read, CompletionStatus.Successful), bytes[..read.Length]);
    }

    private void Refuse(in Tlp tlp, string why)
    {
        Log.Repeatedly(LogLevel.Info, counters.DmaRefused(), $"{tlp.Kind} of {tlp.Length} bytes at 0x{tlp.Address:X} by the device, "
            + $"{(tlp.IsNonPosted ? "answered with unsupported request" : "dropped")}: {why}.");
        if (tlp.IsNonPosted && card.HasRoom(0)) card.Add(Tlp.CompletionOf(tlp, CompletionStatus.UnsupportedRequest), default);
    }

    private void Count(in Tlp tlp)
    {
        if (tlp.Kind == TlpKind.MemoryRead) counters.DmaRead(tlp.Length);
        else counters.DmaWritten(tlp.Length);
    }
}
