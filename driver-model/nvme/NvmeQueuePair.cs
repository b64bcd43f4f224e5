using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Pcie.DriverModel.Framework;
using Pcie.Pci.Memory;

namespace Pcie.DriverModel.Nvme;

/// <summary>
/// A submission queue and the completion queue of its number: rings of host memory (4.1), with a doorbell each. Entries are put in and taken out at
/// once, and the doorbells rung when that is done, so that one write stands for many.
/// </summary>
/// <remarks>Submitting and taking allocate nothing.</remarks>
internal sealed class NvmeQueuePair
{
    private const int Page = 4096;

    private readonly WdfDevice device;
    private readonly HostBuffer memory;
    private readonly int completionsAt;
    private readonly uint submissionDoorbell, completionDoorbell;
    private int tail, head, rungTail, rungHead;
    private bool phase;

    /// <param name="number">0 of the admin queues.</param>
    /// <param name="entries">Of either queue; one less can be under way.</param>
    /// <param name="stride">Bytes from one doorbell to the next.</param>
    public NvmeQueuePair(WdfDevice device, int number, int entries, uint stride)
    {
        (this.device, Number, Entries) = (device, number, entries);
        // Each begins on a page of its own.
        completionsAt = (entries * NvmeCommand.Bytes + Page - 1) / Page * Page;
        memory = device.CommonBufferCreate(completionsAt + entries * NvmeCompletion.Bytes);
        (submissionDoorbell, completionDoorbell) =
            (NvmeRegister.Doorbells + (uint)(2 * number) * stride, NvmeRegister.Doorbells + (uint)(2 * number + 1) * stride);
        Reset();
    }

    public int Number { get; }

    public int Entries { get; }

    public ulong SubmissionAddress => memory.Address;

    public ulong CompletionAddress => memory.Address + (ulong)completionsAt;

    /// <summary>Whether a completion lies there that has not been taken: told by its phase tag, without a register read.</summary>
    public bool HasCompletion => (Head(12) >> 16 & 1) == (phase ? 1u : 0u);

    /// <summary>Empty, as the controller takes them to be that is enabled, or that creates them.</summary>
    public void Reset()
    {
        memory.Span.Clear();
        (tail, head, rungTail, rungHead, phase) = (0, 0, 0, 0, true);
    }

    /// <summary>Puts a command behind the others; the controller sees it after <see cref="RingDoorbells"/>.</summary>
    public void Submit(in NvmeCommand command, ushort identifier)
    {
        command.WriteTo(memory.Span.Slice(tail * NvmeCommand.Bytes, NvmeCommand.Bytes), identifier);
        tail = (tail + 1) % Entries;
    }

    /// <summary>Takes the oldest completion.</summary>
    /// <returns>False if there is none.</returns>
    public bool TryTake(out NvmeCompletion completion)
    {
        completion = default;
        if (!HasCompletion) return false;
        var last = Head(12);
        completion = new NvmeCompletion((ushort)last, (int)(last >> 17 & 0x7FF), Head(0));
        head = (head + 1) % Entries;
        // 4.6: the controller's next round is marked the other way.
        if (head == 0) phase = !phase;
        return true;
    }

    /// <summary>Tells the controller what has been taken, and what there is to do.</summary>
    public void RingDoorbells()
    {
        if (rungHead != head) device.WriteRegisterUlong(NvmeRegister.Bar, completionDoorbell, (uint)(rungHead = head));
        if (rungTail != tail) device.WriteRegisterUlong(NvmeRegister.Bar, submissionDoorbell, (uint)(rungTail = tail));
    }

    // Read anew each time: the device writes there.
    private uint Head(int offset)
    {
        var word = memory.Span.Slice(completionsAt + head * NvmeCompletion.Bytes + offset, sizeof(uint));
        var value = Volatile.Read(ref MemoryMarshal.AsRef<uint>(word));
        return BitConverter.IsLittleEndian ? value : BinaryPrimitives.ReverseEndianness(value);
    }
}
