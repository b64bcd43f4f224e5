using System.Buffers.Binary;
using NLog;
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

    private const int CommandBytes = 64, CompletionBytes = 16;

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
    private readonly Action failed;
    private readonly NvmeTransfer transfer;
    private readonly NvmeQueue[] submissions = [.. Enumerable.Range(0, Queues).Select(_ => new NvmeQueue(CommandBytes))];
    private readonly NvmeQueue[] completions = [.. Enumerable.Range(0, Queues).Select(_ => new NvmeQueue(CompletionBytes))];
    private readonly byte[] command = new byte[CommandBytes];
    private readonly byte[] completion = new byte[CompletionBytes];
    private readonly byte[] data = new byte[NvmeIdentify.Bytes];
    private int current;
    private bool isBusy, hasFailed;
    private ulong commands, refused, bytesRead, bytesWritten;

    /// <param name="disk">The namespace.</param>
    /// <param name="failed">Host memory could not be reached: nothing more is done before a reset.</param>
    public NvmeController(IDevicePort port, byte[] disk, Action failed)
    {
        (this.port, this.disk, this.failed) = (port, disk, failed);
        transfer = new NvmeTransfer(port, Fail);
    }

    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        new("nvme.commands", commands), new("nvme.commands-refused", refused),
        new("nvme.bytes-read", bytesRead), new("nvme.bytes-written", bytesWritten),
    ];

    public void Start(ulong submission, int submissionSize, ulong completion, int completionSize)
    {
        completions[0].Create(completion, completionSize, partner: 0);
        submissions[0].Create(submission, submissionSize, partner: 0);
    }

    /// <summary>No queues, and nothing in progress. What is on the disk stays.</summary>
    public void Reset()
    {
        transfer.Stop();
        foreach (var queue in (NvmeQueue[])[.. submissions, .. completions]) queue.Delete();
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
            if (queue.Size == 0 || queue.IsEmpty || completions[queue.Partner] is { Size: 0 } or { IsFull: true }) continue;
            isBusy = true;
            transfer.Read(queue.HeadAddress, command, Execute);
            return;
        }
    }

    private uint DWord(int number) => BinaryPrimitives.ReadUInt32LittleEndian(command.AsSpan(4 * number));

    private ulong Address(int number) => BinaryPrimitives.ReadUInt64LittleEndian(command.AsSpan(4 * number));

    private void Execute()
    {
        commands++;
        submissions[current].TakeOne();
        if (current == 0) ExecuteAdmin();
        else ExecuteIo();
    }

    private void ExecuteAdmin()
    {
        var (id, size) = ((int)(DWord(10) & 0xFFFF), (int)(DWord(10) >> 16) + 1);
        switch (command[0])
        {
            case Identify when NvmeIdentify.TryWrite(DWord(10) & 0xFF, DWord(1), disk.Length, data):
                Move(data, toHost: true);
                break;
            case CreateCompletion:
                Create(completions, id, size, (DWord(11) & 2) != 0 ? (int)(DWord(11) >> 16) : -1);
                break;
            case CreateSubmission when DWord(11) >> 16 is > 0 and < Queues and var partner && completions[partner].Size > 0:
                Create(submissions, id, size, (int)partner);
                break;
            case DeleteCompletion or DeleteSubmission when id is > 0 and < Queues:
                (command[0] == DeleteCompletion ? completions : submissions)[id].Delete();
                Complete(Success);
                break;
            case CreateSubmission or DeleteCompletion or DeleteSubmission:
                Complete(InvalidQueue);
                break;
            case SetFeatures or GetFeatures:
                Complete(Success, (DWord(10) & 0xFF) == NumberOfQueues ? (Queues - 2) * 0x1_0001u : 0);
                break;
            case GetLogPage:
                Array.Clear(data);
                Move(data.AsMemory(0, (int)Math.Min(((DWord(10) >> 16 & 0xFFF) + 1) * 4, NvmeIdentify.Bytes)), toHost: true);
                break;
            case Abort:
                Complete(Success, 1);
                break;
            case AsynchronousEvent:
                // Answered when something happens, which never does.
                isBusy = false;
                GoOn();
                break;
            default:
                Complete(command[0] == Identify ? InvalidField : InvalidOpcode);
                break;
        }
    }

    private void Create(NvmeQueue[] queues, int id, int size, int partner)
    {
        if (id is 0 or >= Queues || queues[id].Size > 0)
        {
            Complete(InvalidQueue);
            return;
        }
        // 5.3, 5.4: in one piece, as CAP.CQR demands.
        if (size is < 2 or > LongestQueue || (DWord(11) & 1) == 0)
        {
            Complete(size is < 2 or > LongestQueue ? InvalidQueueSize : InvalidField);
            return;
        }
        queues[id].Create(Address(6), size, partner);
        Complete(Success);
    }

    private void ExecuteIo()
    {
        var isRead = command[0] == Read;
        if (command[0] == Flush) Complete(Success);
        else if (!isRead && command[0] != Write) Complete(InvalidOpcode);
        else if (DWord(1) != 1) Complete(InvalidNamespace);
        else
        {
            var (first, bytes) = (Address(10), (int)((DWord(12) & 0xFFFF) + 1) * NvmeIdentify.Block);
            if (first > (ulong)(disk.Length / NvmeIdentify.Block) || bytes > disk.Length - (long)first * NvmeIdentify.Block)
            {
                Complete(LbaOutOfRange);
                return;
            }
            if (isRead) bytesRead += (ulong)bytes;
            else bytesWritten += (ulong)bytes;
            Move(disk.AsMemory((int)first * NvmeIdentify.Block, bytes), toHost: isRead);
        }
    }

    private void Move(Memory<byte> bytes, bool toHost)
    {
        if (!transfer.TryMove(Address(6), Address(8), bytes, toHost, () => Complete(Success))) Complete(InvalidField);
    }

    private void Complete(int status, uint result = 0)
    {
        if (status != Success)
        {
            refused++;
            Log.Debug("Command 0x{Opcode:X2} of queue {Queue}, DW 10 0x{DWord:X}: refused with status 0x{Status:X}",
                command[0], current, DWord(10), status);
        }
        var queue = completions[submissions[current].Partner];
        BinaryPrimitives.WriteUInt32LittleEndian(completion, result);
        BinaryPrimitives.WriteUInt32LittleEndian(completion.AsSpan(4), 0);
        BinaryPrimitives.WriteUInt16LittleEndian(completion.AsSpan(8), (ushort)submissions[current].Head);
        BinaryPrimitives.WriteUInt16LittleEndian(completion.AsSpan(10), (ushort)current);
        BinaryPrimitives.WriteUInt16LittleEndian(completion.AsSpan(12), (ushort)(DWord(0) >> 16));
        BinaryPrimitives.WriteUInt16LittleEndian(completion.AsSpan(14), (ushort)(status << 1 | (queue.Phase ? 1 : 0)));
        transfer.Write(queue.TailAddress, completion, () =>
        {
            queue.AddOne();
            // Behind the entry: a write does not pass another.
            if (queue.Partner >= 0 && queue.Partner < port.GrantedMessages) port.RaiseMessage(queue.Partner);
            isBusy = false;
            GoOn();
        });
    }

    private void Fail()
    {
        hasFailed = true;
        Log.Repeatedly(LogLevel.Warn, ++refused, $"Host memory could not be reached for a command of queue {current}: CSTS.CFS.");
        failed();
    }
}
