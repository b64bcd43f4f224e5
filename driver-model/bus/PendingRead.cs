using System.Buffers.Binary;
using System.Diagnostics;
using Pcie.DriverModel.Kernel;
using Pcie.Pci;

namespace Pcie.DriverModel.Bus;

/// <summary>
/// An access to the device that the code at one level of a processor waits for. The processor stalls meanwhile, so that no level
/// has two; the value stays until the code goes on, which may be after the ISRs that waited for the stall to end.
/// </summary>
internal sealed class PendingRead(RootComplex root, Processor processor) : IRequestCompleter
{
    private readonly byte[] payload = new byte[4];
    private Tlp request;
    private ulong address;
    private int width;
    private ulong value;

    public ulong Value => value;

    public void Prepare(TlpKind kind, ulong at, int bytes, uint data)
    {
        Debug.Assert(at % (ulong)bytes == 0, "An access is naturally aligned.");
        address = at;
        width = bytes;
        request = Tlp.Request(kind, at, bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(payload, data << (int)(at & 3) * 8);
        value = AllOnes;
    }

    /// <returns>False if the answer is all-ones already: the device is gone.</returns>
    public bool TryBegin(Action continuation)
    {
        if (root.Down is not null || !root.TrySend(request, request.HasPayload ? payload : default, this))
        {
            root.ReadFailed(address, RequestOutcome.LinkDown);
            return false;
        }
        processor.BeginStall(continuation);
        return true;
    }

    public void RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes)
    {
        if (outcome != RequestOutcome.Successful)
        {
            root.ReadFailed(address, outcome);
        }
        else if (!bytes.IsEmpty)
        {
            var shifted = bytes.Length == 8
                ? BinaryPrimitives.ReadUInt64LittleEndian(bytes)
                : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
            value = shifted >> (int)(address & 3) * 8 & AllOnes;
        }
        processor.EndStall();
    }

    private ulong AllOnes => width == 8 ? ulong.MaxValue : (1UL << width * 8) - 1;
}
