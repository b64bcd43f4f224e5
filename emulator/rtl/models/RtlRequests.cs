namespace Pcie.Emulator.Rtl.Models;

/// <summary>What an RTL card has asked of the bus and has not been asked yet, in the order of asking.</summary>
/// <remarks>Allocates nothing after construction.</remarks>
/// <param name="card">What errors call the card.</param>
public sealed class RtlRequests(string card)
{
    /// <summary>Longest write or read, in bytes.</summary>
    public const int Longest = 4096;

    // A card that waits for answers asks less at a time.
    private const int Most = 256;
    private const int Boundary = 4096;

    private readonly RtlRequest[] requests = new RtlRequest[Most];
    private readonly byte[] bytes = new byte[Most * Longest];
    private int first;
    private ulong lastCycle;

    public int Count { get; private set; }

    /// <summary>The oldest; there must be one.</summary>
    public ref readonly RtlRequest Next => ref requests[first];

    /// <summary>What the oldest writes or streams.</summary>
    public ReadOnlySpan<byte> NextBytes => bytes.AsSpan(first * Longest, requests[first].Length);

    /// <summary>Takes what a card asks.</summary>
    /// <param name="written">Of a write or a stream.</param>
    /// <exception cref="RtlException">It may not be asked.</exception>
    public void Add(in RtlRequest request, ReadOnlySpan<byte> written)
    {
        if (WrongWith(request) is { } wrong)
            throw new RtlException($"{card} broke the contract of rtl_card.h: in cycle {request.Cycle} it asked for {request}: {wrong}.");
        lastCycle = request.Cycle;
        var place = (first + Count++) % Most;
        requests[place] = request;
        written.CopyTo(bytes.AsSpan(place * Longest, Longest));
    }

    public void RemoveNext()
    {
        first = (first + 1) % Most;
        Count--;
    }

    public void Clear() => Count = 0;

    private string? WrongWith(in RtlRequest request)
    {
        if (request.Kind > RtlRequestKind.Stream) return "there is no such kind; expected 0 to 3";
        if (request.Cycle < lastCycle) return $"that was before cycle {lastCycle}, in which it asked for something already";
        if (Count == Most) return $"{Most} requests wait for their answers already";
        if (request.Kind == RtlRequestKind.Message) return null;
        if (request.Kind == RtlRequestKind.Stream)
            return request.Address > 1 || request.Length > Longest || request.Length == 0 && request.Address == 0
                ? $"expected 1 to {Longest} bytes with address 0, or up to as many with address 1, where a packet ends" : null;
        if (request.Length is < 4 or > Longest || request.Length % 4 != 0) return $"expected a length of 4 to {Longest} bytes, in steps of 4";
        if (request.Address % 4 != 0) return "expected an address that is a multiple of 4";
        return request.Kind == RtlRequestKind.Read && request.Address % Boundary + (uint)request.Length > Boundary
            ? "a read may not cross a boundary of 4 KiB" : null;
    }
}
