using System.Buffers.Binary;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Framework;
using Pcie.Pci.Memory;

namespace Pcie.DriverModel.Nvme;

/// <summary>
/// Host memory for the data of all commands that can be under way, and the blocks of the namespace that each has for itself. A command's memory is
/// described by physical region pages (4.3).
/// </summary>
internal sealed class NvmeBlocks
{
    public const long Page = 4096;

    // So that one page of a list is enough, and so that a slip in a scenario does not take the machine's memory.
    private const long LongestTransfer = Page * (Page / sizeof(ulong)), MostMemory = 256L << 20;

    private readonly HostBuffer data;
    private readonly HostBuffer? lists;
    private readonly long stride, blocksOfEach;
    private readonly int count;

    /// <param name="count">Commands.</param>
    /// <param name="blocksOfEach">Logical blocks that a command moves.</param>
    /// <exception cref="DeviceNotUsableException">Controller or namespace cannot have that.</exception>
    public NvmeBlocks(WdfDevice device, NvmeNamespace target, int count, int blocksOfEach)
    {
        (this.count, this.blocksOfEach) = (count, blocksOfEach);
        Bytes = blocksOfEach * target.BlockBytes;
        stride = (Bytes + Page - 1) / Page * Page;
        Turns = target.Blocks / blocksOfEach / count;
        if (Bytes > Math.Min(target.LongestTransfer, LongestTransfer))
            throw new DeviceNotUsableException($"blocks = {blocksOfEach} in [driver] is {Bytes} bytes a command; this controller and driver move "
                + $"{Math.Min(target.LongestTransfer, LongestTransfer)} at the most.");
        if (Turns == 0)
            throw new DeviceNotUsableException($"Namespace 1 has {target.Blocks} blocks; {count} commands of {blocksOfEach} blocks each, which is "
                + "what queues, depth and blocks in [driver] ask for, do not fit.");
        if (stride * count > MostMemory)
            throw new DeviceNotUsableException($"queues, depth and blocks in [driver] ask for {stride * count >> 20} MiB of host memory; the driver "
                + $"takes {MostMemory >> 20} MiB at the most.");
        data = device.CommonBufferCreate((int)stride * count);
        if (stride <= 2 * Page) return;
        lists = device.CommonBufferCreate((int)Page * count);
        for (var command = 0; command < count; command++)
            for (var page = 1; page < stride / Page; page++)
                BinaryPrimitives.WriteUInt64LittleEndian(lists.Span[(int)(command * Page + (page - 1) * sizeof(ulong))..],
                    AddressOf(command) + (ulong)(page * Page));
    }

    /// <summary>Bytes that a command moves.</summary>
    public int Bytes { get; }

    /// <summary>How often a command can write before it comes to the same blocks again.</summary>
    public long Turns { get; }

    /// <summary>What a command writes, or has read.</summary>
    public Span<byte> Of(int command) => data.Span.Slice((int)stride * command, Bytes);

    /// <summary>Writes or reads a command's blocks.</summary>
    /// <param name="turn">Which of its places; they begin again after <see cref="Turns"/>.</param>
    public NvmeCommand Move(bool isWrite, int command, long turn)
    {
        var second = stride <= Page ? 0 : lists is null ? AddressOf(command) + (ulong)Page : lists.Address + (ulong)(command * Page);
        var block = (turn % Turns * count + command) * blocksOfEach;
        return NvmeCommand.Move(isWrite, NvmeNamespace.First, AddressOf(command), second, (ulong)block, (int)blocksOfEach);
    }

    private ulong AddressOf(int command) => data.Address + (ulong)(stride * command);
}
