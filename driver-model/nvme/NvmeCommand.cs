using System.Buffers.Binary;

namespace Pcie.DriverModel.Nvme;

/// <summary>An entry of a submission queue (4.2); its identifier is put in when it is submitted.</summary>
/// <param name="First">PRP1: where the data begins.</param>
/// <param name="Second">PRP2: its second page, or the list of the others.</param>
/// <param name="Dw10">What is particular to the command, as the next two.</param>
internal readonly record struct NvmeCommand(byte Opcode, uint Namespace, ulong First, ulong Second, uint Dw10, uint Dw11 = 0, uint Dw12 = 0)
{
    public const int Bytes = 64;

    // Of the admin commands (5), and of the NVM commands (6).
    private const byte DeleteSubmission = 0x00, CreateSubmission = 0x01, DeleteCompletion = 0x04, CreateCompletion = 0x05, IdentifyOpcode = 0x06,
        SetFeatures = 0x09;
    private const byte WriteOpcode = 0x01, ReadOpcode = 0x02;

    private const uint Contiguous = 1, InterruptsEnabled = 2, NumberOfQueuesFeature = 7;

    /// <summary>Identify (5.11): what a controller or a namespace says of itself.</summary>
    /// <param name="what">CNS.</param>
    public static NvmeCommand Identify(uint what, uint ofNamespace, ulong into) => new(IdentifyOpcode, ofNamespace, into, 0, what);

    /// <summary>Set Features, Number of Queues (5.14.1.7); the result is how many there are, each kind less one.</summary>
    public static NvmeCommand NumberOfQueues(int queues) =>
        new(SetFeatures, 0, 0, 0, NumberOfQueuesFeature, (uint)(queues - 1) * 0x1_0001);

    /// <summary>Create I/O Completion Queue (5.3).</summary>
    public static NvmeCommand CreateCompletionQueue(NvmeQueuePair pair, int vector) =>
        new(CreateCompletion, 0, pair.CompletionAddress, 0, Place(pair), (uint)vector << 16 | InterruptsEnabled | Contiguous);

    /// <summary>Create I/O Submission Queue (5.4), whose completions go to the completion queue of the same number.</summary>
    public static NvmeCommand CreateSubmissionQueue(NvmeQueuePair pair) =>
        new(CreateSubmission, 0, pair.SubmissionAddress, 0, Place(pair), (uint)pair.Number << 16 | Contiguous);

    /// <summary>Delete I/O Submission Queue (5.6), or Completion Queue (5.5), which comes after it.</summary>
    public static NvmeCommand DeleteQueue(NvmeQueuePair pair, bool isCompletion) =>
        new(isCompletion ? DeleteCompletion : DeleteSubmission, 0, 0, 0, (uint)pair.Number);

    /// <summary>Write (6.15) or Read (6.9).</summary>
    /// <param name="block">The first logical block.</param>
    /// <param name="blocks">How many.</param>
    public static NvmeCommand Move(bool isWrite, uint ofNamespace, ulong first, ulong second, ulong block, int blocks) =>
        new(isWrite ? WriteOpcode : ReadOpcode, ofNamespace, first, second, (uint)block, (uint)(block >> 32), (uint)(blocks - 1));

    /// <summary>As it lies in the queue.</summary>
    /// <param name="identifier">What its completion is told by.</param>
    public void WriteTo(Span<byte> entry, ushort identifier)
    {
        entry.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(entry, Opcode | (uint)identifier << 16);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], Namespace);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[24..], First);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[32..], Second);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[40..], Dw10);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[44..], Dw11);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[48..], Dw12);
    }

    private static uint Place(NvmeQueuePair pair) => (uint)(pair.Entries - 1) << 16 | (uint)pair.Number;
}
