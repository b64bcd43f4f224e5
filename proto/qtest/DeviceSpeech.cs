using System.Buffers.Binary;
using Pcie.Foreign;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Qtest;

/// <summary>
/// What the device asks of the host, in its order, each at its time: what comes later than now waits, and all that is behind it. Writes of
/// neighbouring bytes at one time become one. A write that is one of the messages substituted is the host's message.
/// </summary>
/// <param name="completer">Gets the bytes of the reads.</param>
/// <param name="waits">Called when something has to wait for its time.</param>
internal sealed class DeviceSpeech(ForeignPort port, SubstitutedMessages messages, IRequestCompleter completer, Action waits)
{
    private readonly Queue<Request> requests = new();
    private readonly byte[] gathered = new byte[4096];
    private int gatheredLength;
    private ulong gatheredAddress;
    private SimTime gatheredAt;

    /// <summary>When the first that waits is due; null if none waits.</summary>
    public SimTime? Next => requests.TryPeek(out var first) ? first.At : null;

    /// <summary>Makes the requests that are due.</summary>
    public void MakeDue()
    {
        while (requests.TryPeek(out var first) && first.At <= port.Timeline.Now)
        {
            requests.Dequeue();
            Make(first);
        }
    }

    /// <summary>Takes a transaction of the device's.</summary>
    /// <param name="at">When the device made it.</param>
    public void Take(in Tlp transaction, ReadOnlySpan<byte> payload, SimTime at)
    {
        if (transaction.Kind == TlpKind.MemoryRead)
        {
            Release();
            Say(new Request(at, transaction.Address, transaction.Length));
            return;
        }
        var first = transaction.FirstByte;
        var bytes = payload.Slice((int)(first - transaction.Address), CountOf(transaction));
        if (bytes.Length == sizeof(uint) && messages.MessageOf(first, BinaryPrimitives.ReadUInt32LittleEndian(bytes)) is { } message)
        {
            Release();
            Say(new Request(at, message.Address, sizeof(uint), null, message.Data));
            return;
        }
        if (first != gatheredAddress + (ulong)gatheredLength || at != gatheredAt || gatheredLength + bytes.Length > gathered.Length) Release();
        if (gatheredLength == 0) (gatheredAddress, gatheredAt) = (first, at);
        bytes.CopyTo(gathered.AsSpan(gatheredLength));
        gatheredLength += bytes.Length;
    }

    /// <summary>Ends the write that is being gathered: nothing belongs to it any more.</summary>
    public void Release()
    {
        if (gatheredLength == 0) return;
        var bytes = gathered.AsSpan(0, gatheredLength).ToArray();
        gatheredLength = 0;
        Say(new Request(gatheredAt, gatheredAddress, bytes.Length, bytes));
    }

    private void Say(Request said)
    {
        if (said.At > port.Timeline.Now || requests.Count > 0)
        {
            requests.Enqueue(said);
            waits();
            return;
        }
        Make(said);
    }

    private void Make(in Request due)
    {
        if (due.Bytes is { } bytes) port.Write(due.Address, bytes);
        else if (due.Message is { } data) port.SendMessage(due.Address, data);
        else port.Read(due.Address, due.Count, completer);
    }

    private static int CountOf(in Tlp tlp)
    {
        var count = 0;
        for (var i = 0; i < tlp.Length; i++) count += tlp.IsEnabled(i) ? 1 : 0;
        return count;
    }

    // A write of bytes, a message, or else a read.
    private readonly record struct Request(SimTime At, ulong Address, int Count, byte[]? Bytes = null, uint? Message = null);
}
