using System.Buffers.Binary;
using NLog;
using Pcie.Emulator.BusMastering;
using Pcie.Emulator.Device;
using Pcie.Logging;

namespace Pcie.Emulator.Nvme;

/// <summary>
/// Takes commands from the submission queues, one at a time and the queues in turn, and posts their completions: an entry in the completion queue,
/// then the queue's message.
/// </summary>
internal sealed class NvmeController
{
    /// <summary>The admin queues, and as many for data.</summary>
    public const int Queues = 5;

    public const int LongestQueue = 256;

    private const int CommandBytes = 64, CompletionBytes = 16, Page = 4096, MostPages = 32;

    // Status of a completion (4.6.1.2.1, 4.6.1.2.2): type and code.
    private const int Success = 0, InvalidOpcode = 0x01, InvalidField = 0x02, InvalidNamespace = 0x0B, LbaOutOfRange = 0x80, InvalidQueue = 0x101,
        InvalidQueueSize = 0x102;

    // Opcodes of admin commands (5) and of NVM commands (6).
    private const byte DeleteSubmission = 0x00, CreateSubmission = 0x01, GetLogPage = 0x02, DeleteCompletion = 0x04, CreateCompletion = 0x05,
        Identify = 0x06, Abort = 0x08, SetFeatures = 0x09, GetFeatures = 0x0A, AsynchronousEvent = 0x0C;
    private const byte Flush = 0x00, Write = 0x01, Read = 0x02;
    private const uint NumberOfQueues = 7;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly IDevicePort port;
    private readonly byte[] disk;
    private readonly TransferChain host;
    private readonly HostRing[] submissions = [.. Enumerable.Range(0, Queues).Select(_ => new HostRing(CommandBytes))];
    private readonly HostRing[] completions = [.. Enumerable.Range(0, Queues).Select(_ => new HostRing(CompletionBytes))];

    // A submission queue's completion queue, and the message of that one; -1 for none.
    private readonly int[] completionOf = new int[Queues], messageOf = new int[Queues];

    private readonly byte[] command = new byte[CommandBytes], completion = new byte[CompletionBytes], data = new byte[NvmeIdentify.Bytes];
    private readonly byte[] list = new byte[MostPages * sizeof(ulong)];
    private readonly List<(ulong Address, int Length)> pages = [];
    private int current;
    private uint result;
    private bool isBusy, hasFailed;
    private ulong commands, refused, bytesRead, bytesWritten;

    /// <param name="disk">The namespace.</param>
    /// <param name="failed">Host memory could not be reached: nothing more is done before a reset.</param>
    public NvmeController(IDevicePort port, byte[] disk, Action failed)
    {
        (this.port, this.disk) = (port, disk);
        host = new TransferChain(port, _ =>
        {
            hasFailed = true;
            Log.Repeatedly(LogLevel.Warn, ++refused, $"Host memory could not be reached for a command of queue {current}: CSTS.CFS.");
            failed();
        });
    }

    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        new("nvme.commands", commands), new("nvme.commands-refused", refused),
        new("nvme.bytes-read", bytesRead), new("nvme.bytes-written", bytesWritten),
    ];

    public void Start(ulong submission, int submissionSize, ulong completion, int completionSize)
    {
        completions[0].Create(completion, completionSize);
        submissions[0].Create(submission, submissionSize);
    }

    /// <summary>No queues, and nothing in progress. What is on the disk stays.</summary>
    public void Reset()
    {
        host.Stop();
        foreach (var queue in (HostRing[])[.. submissions, .. completions]) queue.Delete();
        isBusy = hasFailed = false;
        current = 0;
    }

    public void RingSubmission(int queue, int tail)
    {
        if (submissions[queue].MoveTail(tail)) GoOn();
        else Log.Debug("Doorbell of submission queue {0}: there is no entry {1}", queue, tail);
    }

    public void RingCompletion(int queue, int head)
    {
        if (completions[queue].MoveHead(head)) GoOn();
        else Log.Debug("Doorbell of completion queue {0}: there is no entry {1}", queue, head);
    }

    // The next queue in turn that has a command, and room for its completion.
    private void GoOn()
    {
        if (isBusy || hasFailed) return;
        for (var tried = 0; tried < Queues; tried++)
        {
            current = (current + 1) % Queues;
            var queue = submissions[current];
            if (queue.Size == 0 || queue.IsEmpty || completions[completionOf[current]] is { Size: 0 } or { IsFull: true }) continue;
            isBusy = true;
            host.Read(queue.HeadAddress, command, Execute);
            return;
        }
    }

    private uint DWord(int number) => BinaryPrimitives.ReadUInt32LittleEndian(command.AsSpan(4 * number));

    private ulong Address(int number) => BinaryPrimitives.ReadUInt64LittleEndian(command.AsSpan(4 * number));

    private void Execute()
    {
        commands++;
        result = 0;
        submissions[current].TakeOne();
        if ((current == 0 ? ExecuteAdmin() : ExecuteIo()) is { } status) Complete(status);
    }

    /// <returns>Null if it is completed later.</returns>
    private int? ExecuteAdmin()
    {
        var (id, other) = ((int)(DWord(10) & 0xFFFF), (int)(DWord(11) >> 16));
        switch (command[0])
        {
            case Identify:
                return NvmeIdentify.TryWrite(DWord(10) & 0xFF, DWord(1), disk.Length, data) ? Move(data, toHost: true) : InvalidField;
            case GetLogPage:
                Array.Clear(data);
                return Move(data.AsMemory(0, (int)Math.Min(((DWord(10) >> 16 & 0xFFF) + 1) * 4, NvmeIdentify.Bytes)), toHost: true);
            case CreateCompletion:
                return Create(completions, id, messageOf, (DWord(11) & 2) != 0 ? other : -1);
            case CreateSubmission:
                return other is > 0 and < Queues && completions[other].Size > 0 ? Create(submissions, id, completionOf, other) : InvalidQueue;
            case DeleteCompletion or DeleteSubmission:
                if (id is 0 or >= Queues) return InvalidQueue;
                (command[0] == DeleteCompletion ? completions : submissions)[id].Delete();
                return Success;
            case SetFeatures or GetFeatures:
                if ((DWord(10) & 0xFF) == NumberOfQueues) result = (Queues - 2) * 0x1_0001u;
                return Success;
            case Abort:
                result = 1;
                return Success;
            case AsynchronousEvent:
                // Answered when something happens, which never does.
                isBusy = false;
                GoOn();
                return null;
            default:
                return InvalidOpcode;
        }
    }

    private int Create(HostRing[] queues, int id, int[] partners, int partner)
    {
        var size = (int)(DWord(10) >> 16) + 1;
        if (id is 0 or >= Queues || queues[id].Size > 0) return InvalidQueue;
        if (size is < 2 or > LongestQueue) return InvalidQueueSize;
        // 5.3, 5.4: in one piece, as CAP.CQR demands.
        if ((DWord(11) & 1) == 0) return InvalidField;
        queues[id].Create(Address(6), size);
        partners[id] = partner;
        return Success;
    }

    private int? ExecuteIo()
    {
        if (command[0] == Flush) return Success;
        if (command[0] is not (Read or Write)) return InvalidOpcode;
        if (DWord(1) != 1) return InvalidNamespace;
        var (first, bytes) = (Address(10), (int)((DWord(12) & 0xFFFF) + 1) * NvmeIdentify.Block);
        if (first > (ulong)(disk.Length / NvmeIdentify.Block) || bytes > disk.Length - (long)first * NvmeIdentify.Block) return LbaOutOfRange;
        var isRead = command[0] == Read;
        (isRead ? ref bytesRead : ref bytesWritten) += (ulong)bytes;
        return Move(disk.AsMemory((int)first * NvmeIdentify.Block, bytes), toHost: isRead);
    }

    // 4.3, Physical Region Page: the first may begin anywhere in a page, more than two are in a list.
    private int? Move(Memory<byte> bytes, bool toHost)
    {
        if (bytes.Length > MostPages * Page) return InvalidField;
        var (first, second) = (Address(6), Address(8));
        var length = Math.Min(bytes.Length, Page - (int)(first % Page));
        var rest = bytes.Length - length;
        pages.Clear();
        pages.Add((first, length));
        if (rest <= Page)
        {
            if (rest > 0) pages.Add((second, rest));
            host.Move(pages, bytes, toHost, Done);
            return null;
        }
        var entries = list.AsMemory(0, (rest + Page - 1) / Page * sizeof(ulong));
        // A list that goes on in another page is not needed for so few.
        if (second % sizeof(ulong) != 0 || (int)(second % Page) + entries.Length > Page) return InvalidField;
        host.Read(second, entries, () =>
        {
            for (var at = 0; at < entries.Length; at += sizeof(ulong), rest -= Page)
                pages.Add((BinaryPrimitives.ReadUInt64LittleEndian(list.AsSpan(at)), Math.Min(Page, rest)));
            host.Move(pages, bytes, toHost, Done);
        });
        return null;

        void Done() => Complete(Success);
    }

    private void Complete(int status)
    {
        if (status != Success)
        {
            refused++;
            Log.Debug("Command 0x{Opcode:X2} of queue {Queue}, DW 10 0x{DWord:X}: refused with status 0x{Status:X}",
                command[0], current, DWord(10), status);
        }
        var (queue, message) = (completions[completionOf[current]], messageOf[completionOf[current]]);
        BinaryPrimitives.WriteUInt32LittleEndian(completion, result);
        BinaryPrimitives.WriteUInt16LittleEndian(completion.AsSpan(8), (ushort)submissions[current].Head);
        BinaryPrimitives.WriteUInt16LittleEndian(completion.AsSpan(10), (ushort)current);
        BinaryPrimitives.WriteUInt16LittleEndian(completion.AsSpan(12), (ushort)(DWord(0) >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(completion.AsSpan(14), (ushort)(status << 1 | (queue.Phase ? 1 : 0)));
        host.Write(queue.TailAddress, completion, () =>
        {
            queue.AddOne();
            // Behind the entry: a write does not pass another.
            if (message >= 0 && message < port.GrantedMessages) port.RaiseMessage(message);
            isBusy = false;
            GoOn();
        });
    }
}
