using System.Buffers.Binary;
using Pcie.Time;

namespace Pcie.DriverModel.Nvme;

/// <summary>One of the commands that a queue can have under way: a write, then a read of the same blocks, again and again elsewhere.</summary>
/// <param name="blocks">Where its data is.</param>
/// <param name="command">Which of all it is: by this it knows its memory and its blocks.</param>
internal sealed class NvmeTransfer(NvmeBlocks blocks, int command, NvmePattern pattern)
{
    private long turn;
    private uint first;

    public bool IsUnderWay { get; private set; }

    public bool IsReading { get; private set; }

    /// <summary>When the command was submitted.</summary>
    public SimTime Since { get; private set; }

    public bool IsOlderThan(SimTime time) => IsUnderWay && Since < time;

    /// <param name="number">Of the write, among all: it decides what is written.</param>
    public NvmeCommand Write(long number, SimTime now)
    {
        (IsUnderWay, IsReading, Since) = (true, false, now);
        first = (uint)(number * (blocks.Bytes / sizeof(uint)));
        var bytes = blocks.Of(command);
        for (var at = 0; at < bytes.Length; at += sizeof(uint)) BinaryPrimitives.WriteUInt32LittleEndian(bytes[at..], Word(at));
        return blocks.Move(isWrite: true, command, turn);
    }

    public NvmeCommand Read(SimTime now)
    {
        (IsReading, Since) = (true, now);
        // What is compared must have come.
        blocks.Of(command).Clear();
        return blocks.Move(isWrite: false, command, turn);
    }

    /// <summary>Whether what has been read is what was written.</summary>
    public bool IsAsWritten()
    {
        var bytes = blocks.Of(command);
        for (var at = 0; at < bytes.Length; at += sizeof(uint))
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]) != Word(at)) return false;
        return true;
    }

    public void End()
    {
        IsUnderWay = false;
        turn++;
    }

    private uint Word(int at)
    {
        // No DW is 0 twice in sequence, and the first is not: memory that was never written is not taken for it.
        var count = first + (uint)at / sizeof(uint) + 1;
        return pattern == NvmePattern.Sequence ? count : uint.RotateLeft(count * 0x9E37_79B1, 15) * 0x85EB_CA77;
    }
}
