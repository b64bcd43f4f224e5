using Pcie.Emulator.Device;
using Pcie.Pci;

namespace Pcie.Emulator.BusMastering;

/// <summary>
/// Moves a block of bytes between the card and host memory, cut into the requests that a bus would carry (<see cref="TlpSplit"/>). One block
/// at a time; of a read, several requests may be in flight, and their answers come in any order.
/// </summary>
/// <remarks>Allocates nothing after construction.</remarks>
/// <param name="ended">Told once for each block, perhaps before the call that began it returns. It may begin the next one.</param>
/// <param name="maxInFlight">Requests of a read that may wait for their answers at once.</param>
public sealed class HostTransfer(IDevicePort port, Action<TransferOutcome> ended, int maxInFlight = 1) : IRequestCompleter
{
    private const int Generations = 1 << 24;

    private readonly (bool Used, int Offset)[] requests = new (bool, int)[maxInFlight];
    private Memory<byte> destination;
    private ulong address;
    private int length, asked, received, inFlight;

    // What a request belongs to: the answer to one from before a stop is nobody's.
    private int generation;

    private bool isAsking;

    /// <summary>Whether a read has begun and not ended.</summary>
    public bool IsReading { get; private set; }

    /// <summary>Read requests sent.</summary>
    public ulong ReadRequests { get; private set; }

    /// <summary>Posts bytes to host memory; a read that is going on ends.</summary>
    /// <param name="to">Bus address, DW-aligned.</param>
    /// <param name="bytes">A multiple of 4.</param>
    public void Write(ulong to, ReadOnlySpan<byte> bytes) => End(Post(to, bytes));

    /// <summary>Reads host memory; what is being read is forgotten.</summary>
    /// <param name="from">Bus address, DW-aligned.</param>
    /// <param name="count">Bytes, a multiple of 4.</param>
    /// <param name="into">Room for as many, or empty: then only the time and the requests are real.</param>
    public void Read(ulong from, int count, Memory<byte> into)
    {
        Stop();
        (address, length, destination) = (from, count, into);
        IsReading = true;
        if (IsWholeDws(from, count)) GoOn();
        else End(TransferOutcome.Impossible);
    }

    /// <summary>Forgets what is being read: nobody is told, and answers on their way are ignored.</summary>
    public void Stop()
    {
        generation = (generation + 1) % Generations;
        Array.Clear(requests);
        asked = received = inFlight = 0;
        IsReading = false;
    }

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes)
    {
        if (cookie / maxInFlight != generation) return;
        ref var request = ref requests[cookie % maxInFlight];
        request.Used = false;
        inFlight--;
        if (outcome != RequestOutcome.Successful)
        {
            End(outcome == RequestOutcome.UnsupportedRequest ? TransferOutcome.UnsupportedRequest : TransferOutcome.CompleterAbort);
            return;
        }
        if (!destination.IsEmpty) bytes.CopyTo(destination.Span[request.Offset..]);
        received += bytes.Length;
        GoOn();
    }

    private TransferOutcome Post(ulong to, ReadOnlySpan<byte> bytes)
    {
        if (!IsWholeDws(to, bytes.Length)) return TransferOutcome.Impossible;
        foreach (var (at, count) in new TlpSplit(to, bytes.Length, port.MaxPayloadSize))
            if (!port.WriteHost(at, bytes.Slice((int)(at - to), count))) return TransferOutcome.BusMasterDisabled;
        return TransferOutcome.Done;
    }

    // As many as may be in flight; the others when an answer has come. That may be at once, within the request: then the loop goes on with what it
    // has led to, a next block even.
    private void GoOn()
    {
        if (isAsking) return;
        isAsking = true;
        while (IsReading && asked < length && inFlight < maxInFlight)
        {
            var (at, count) = Next();
            var free = Array.FindIndex(requests, static request => !request.Used);
            requests[free] = (true, asked);
            inFlight++;
            asked += count;
            ReadRequests++;
            if (port.ReadHost(at, count, this, generation * maxInFlight + free)) continue;
            ReadRequests--;
            End(TransferOutcome.BusMasterDisabled);
        }
        isAsking = false;
        if (IsReading && received == length) End(TransferOutcome.Done);
    }

    private (ulong Address, int Count) Next()
    {
        var pieces = new TlpSplit(address + (uint)asked, length - asked, port.MaxReadRequestSize).GetEnumerator();
        pieces.MoveNext();
        return pieces.Current;
    }

    private void End(TransferOutcome outcome)
    {
        Stop();
        ended(outcome);
    }

    // What the port moves.
    private static bool IsWholeDws(ulong address, int count) => (address | (uint)count) % 4 == 0;
}
