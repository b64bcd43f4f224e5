using Pcie.Emulator.Device;

namespace Pcie.Emulator.BusMastering;

/// <summary>
/// What a card does with host memory one step after the other: each transfer says what follows when it is done, and a list of places in host memory
/// is moved as if they were one.
/// </summary>
public sealed class TransferChain
{
    private readonly HostTransfer transfer;
    private Action? then;

    /// <param name="failed">Told in place of what was to follow.</param>
    public TransferChain(IDevicePort port, Action<TransferOutcome> failed) => transfer = new HostTransfer(port, outcome =>
    {
        if (outcome == TransferOutcome.Done) then!();
        else failed(outcome);
    });

    /// <summary>Reads a block of host memory.</summary>
    public void Read(ulong address, Memory<byte> into, Action done)
    {
        then = done;
        transfer.Read(address, into.Length, into);
    }

    /// <summary>Writes a block of host memory.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> bytes, Action done)
    {
        then = done;
        transfer.Write(address, bytes);
    }

    /// <summary>Moves the card's bytes to or from places in host memory, in their order.</summary>
    /// <param name="bytes">As many as the places have, or more.</param>
    /// <param name="from">The first of the places.</param>
    public void Move(IReadOnlyList<(ulong Address, int Length)> places, Memory<byte> bytes, bool toHost, Action done, int from = 0)
    {
        if (from == places.Count)
        {
            done();
            return;
        }
        var (address, length) = places[from];
        if (toHost) Write(address, bytes.Span[..length], Next);
        else Read(address, bytes[..length], Next);

        void Next() => Move(places, bytes[length..], toHost, done, from + 1);
    }

    /// <summary>Forgets what is being moved, and what was to follow.</summary>
    public void Stop() => transfer.Stop();
}
