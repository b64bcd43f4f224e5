namespace Pcie.Emulator.BusMastering;

/// <summary>
/// A request cut into the TLPs that a bus would carry: none longer than the limit that the host set in Device Control
/// (Max_Payload_Size or Max_Read_Request_Size), and none across a 4 KiB boundary (PCI Express Base Specification 2.2.7).
/// </summary>
/// <param name="address">Where the request begins.</param>
/// <param name="length">In bytes, 0 or more.</param>
/// <param name="limit">Most bytes in a TLP: 128 to 4096, a power of two.</param>
public ref struct TlpSplit(ulong address, int length, int limit)
{
    private const int Boundary = 4096;

    private ulong next = address;
    private int left = length;

    /// <summary>Where the current TLP begins, and its bytes.</summary>
    public (ulong Address, int Length) Current { get; private set; }

    public readonly TlpSplit GetEnumerator() => this;

    public bool MoveNext()
    {
        if (left == 0) return false;
        var toBoundary = Boundary - (int)(next % Boundary);
        Current = (next, Math.Min(Math.Min(left, limit), toBoundary));
        next += (ulong)Current.Length;
        left -= Current.Length;
        return true;
    }

    /// <summary>How many TLPs the request takes.</summary>
    public static int CountOf(ulong address, int length, int limit)
    {
        var count = 0;
        foreach (var _ in new TlpSplit(address, length, limit)) count++;
        return count;
    }
}
