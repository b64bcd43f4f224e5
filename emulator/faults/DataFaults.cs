using Pcie.Pci;

namespace Pcie.Emulator.Faults;

/// <summary>Hits writes of data on their way out: a bit of them is wrong, or the function is reset in the middle of the transfer.</summary>
/// <remarks>Allocates only for what it spoils.</remarks>
internal sealed class DataFaults(ITlpSender next, ArmedFaults armed) : ITlpSender
{
    // A write this long is data: not a message, a header, a status block or a descriptor that is written back.
    private const int ShortestData = 128;

    /// <summary>A write of data begins a transfer that a reset is to hit.</summary>
    public event Action? TransferToReset;

    public void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind != TlpKind.MemoryWrite || tlp.Length < ShortestData)
        {
            next.Send(tlp, payload);
            return;
        }
        if (armed.Take(FaultKind.FunctionReset, (long)tlp.Address) is not null) TransferToReset?.Invoke();
        if (armed.Take(FaultKind.CorruptedPayload, (long)tlp.Address) is null)
        {
            next.Send(tlp, payload);
            return;
        }
        var spoilt = payload.ToArray();
        spoilt[^(ShortestData / 2)] ^= 1;
        next.Send(tlp, spoilt);
    }
}
