using System.Buffers.Binary;
using Pcie.Emulator.BusMastering;
using Pcie.Emulator.Device;

namespace Pcie.Emulator.Nvme;

/// <summary>
/// Moves what a command's physical region pages describe (4.3): the first may begin anywhere in a page, more than two are in a list.
/// </summary>
internal sealed class NvmeTransfer
{
    public const int Page = 4096;

    /// <summary>Bytes that a command moves at the most.</summary>
    public const int Longest = 32 * Page;

    private readonly HostTransfer transfer;
    private readonly Action failed;
    private readonly byte[] list = new byte[Longest / Page * sizeof(ulong)];
    private readonly List<(ulong Address, int Length)> pieces = [];
    private Memory<byte> place;
    private Action? then;
    private bool toHost;
    private int moved, piece;

    public NvmeTransfer(IDevicePort port, Action failed)
    {
        this.failed = failed;
        transfer = new HostTransfer(port, Ended);
    }

    /// <summary>Reads a block of host memory that lies in one piece.</summary>
    public void Read(ulong address, Memory<byte> into, Action done)
    {
        then = done;
        transfer.Read(address, into.Length, into);
    }

    /// <summary>Writes a block of host memory that lies in one piece.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> bytes, Action done)
    {
        then = done;
        transfer.Write(address, bytes);
    }

    /// <summary>Moves a command's data.</summary>
    /// <param name="bytes">The card's side of it.</param>
    /// <param name="done">Told when it is moved.</param>
    /// <returns>False if the pages make no sense; nothing is moved then.</returns>
    public bool TryMove(ulong first, ulong second, Memory<byte> bytes, bool isToHost, Action done)
    {
        if (bytes.Length > Longest) return false;
        pieces.Clear();
        (place, toHost, moved, piece) = (bytes, isToHost, 0, 0);
        var length = Math.Min(bytes.Length, Page - (int)(first % Page));
        pieces.Add((first, length));
        var rest = bytes.Length - length;
        if (rest <= Page)
        {
            if (rest > 0) pieces.Add((second, rest));
            Next(done);
            return true;
        }
        var entries = (rest + Page - 1) / Page;
        // A list that goes on in another page is not needed for so few.
        if (second % sizeof(ulong) != 0 || (int)(second % Page) + entries * sizeof(ulong) > Page) return false;
        Read(second, list.AsMemory(0, entries * sizeof(ulong)), () =>
        {
            for (var i = 0; i < entries; i++)
            {
                var address = BinaryPrimitives.ReadUInt64LittleEndian(list.AsSpan(i * sizeof(ulong)));
                pieces.Add((address, Math.Min(Page, rest - i * Page)));
            }
            Next(done);
        });
        return true;
    }

    /// <summary>Forgets what is being moved.</summary>
    public void Stop() => transfer.Stop();

    private void Next(Action done)
    {
        if (piece == pieces.Count)
        {
            done();
            return;
        }
        var (address, length) = pieces[piece++];
        var part = place.Slice(moved, length);
        moved += length;
        if (toHost) Write(address, part.Span, () => Next(done));
        else Read(address, part, () => Next(done));
    }

    private void Ended(TransferOutcome outcome)
    {
        if (outcome == TransferOutcome.Done) then!();
        else failed();
    }
}
