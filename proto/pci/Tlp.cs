using Pcie.Time;

namespace Pcie.Pci;

/// <summary>
/// A transaction layer packet without its payload, which stands in the frame that carries it.
/// Addresses and lengths are in bytes but DW-aligned; byte enables say which bytes of the first and the last DW are meant, as on the
/// bus (PCI Express Base Specification 2.2.5). A burst may be longer than a page or Max_Payload_Size: splitting costs time, not frames.
/// </summary>
public readonly record struct Tlp
{
    public TlpKind Kind { get; init; }

    /// <summary>Completions only.</summary>
    public CompletionStatus Status { get; init; }

    /// <summary>Bits 3..0: enabled bytes of the first DW.</summary>
    public byte FirstByteEnables { get; init; }

    /// <summary>Bits 3..0: enabled bytes of the last DW; 0 when there is only one DW.</summary>
    public byte LastByteEnables { get; init; }

    /// <summary>Matches a completion with its request. Requests in flight of one requester have different tags. Posted writes have none.</summary>
    public ushort Tag { get; init; }

    /// <summary>Bytes asked for or carried, a multiple of 4.</summary>
    public int Length { get; init; }

    /// <summary>
    /// Bus address of a memory request, register offset (0 to 0xFFC) of a configuration request; DW-aligned. <see cref="MessageCode"/> of a message.
    /// </summary>
    public ulong Address { get; init; }

    /// <summary>When the sender sent it, in simulated time. It arrives one link latency later.</summary>
    public SimTime SentAt { get; init; }

    /// <summary>Where the payload begins in its frame. Of no meaning outside the frame.</summary>
    public int PayloadOffset { get; init; }

    /// <summary>Whether a payload of <see cref="Length"/> bytes follows.</summary>
    public bool HasPayload => Kind is TlpKind.ConfigWrite or TlpKind.MemoryWrite
        || (Kind == TlpKind.Completion && Length > 0);

    /// <summary>Whether the other side answers it.</summary>
    public bool IsNonPosted => Kind is TlpKind.ConfigRead or TlpKind.ConfigWrite or TlpKind.MemoryRead;

    /// <summary>Whether its tag means something.</summary>
    public bool HasTag => IsNonPosted || Kind == TlpKind.Completion;

    /// <summary>The address of the first enabled byte.</summary>
    public ulong FirstByte => Address + (ulong)System.Numerics.BitOperations.TrailingZeroCount(FirstByteEnables | 0x10u) % 4;

    /// <summary>
    /// A request for <paramref name="count"/> bytes at any byte <paramref name="address"/>: aligns it to DWs and sets the byte enables.
    /// </summary>
    public static Tlp Request(TlpKind kind, ulong address, int count, ushort tag = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        var lead = (int)(address & 3);
        var end = lead + count;
        var length = (end + 3) & ~3;
        var first = 0xF << lead & 0xF;
        var last = 0xF >> (length - end);
        return new Tlp
        {
            Kind = kind,
            Tag = tag,
            Address = address & ~3UL,
            Length = length,
            FirstByteEnables = (byte)(length == 4 ? first & last : first),
            LastByteEnables = (byte)(length == 4 ? 0 : last),
        };
    }

    /// <summary>The first bytes of a request, as one of its own.</summary>
    /// <param name="length">A multiple of 4, neither 0 nor above the request's.</param>
    public Tlp Before(int length) => length == Length ? this : WithEnables(Address, length, FirstByteEnables, 0xF);

    /// <summary>What is left of a request without its first bytes, as one of its own; of length 0 if that is nothing.</summary>
    /// <param name="length">A multiple of 4, and not above the request's.</param>
    public Tlp From(int length) => length == 0 ? this : length == Length ? default
        : WithEnables(Address + (ulong)length, Length - length, 0xF, LastByteEnables);

    private Tlp WithEnables(ulong address, int length, int first, int last) => this with
    {
        Address = address,
        Length = length,
        FirstByteEnables = (byte)(length == 4 ? first & last : first),
        LastByteEnables = (byte)(length == 4 ? 0 : last),
    };

    /// <summary>A message without data.</summary>
    public static Tlp Message(MessageCode code) => new() { Kind = TlpKind.Message, Address = (ulong)code };

    /// <summary>The answer to a request: its data when successful, none otherwise.</summary>
    public static Tlp CompletionOf(in Tlp request, CompletionStatus status) => new()
    {
        Kind = TlpKind.Completion,
        Status = status,
        Tag = request.Tag,
        Length = status == CompletionStatus.Successful && request.Kind != TlpKind.ConfigWrite ? request.Length : 0,
        Address = request.Address,
    };

    /// <summary>Whether byte <paramref name="index"/> of the payload is enabled.</summary>
    public bool IsEnabled(int index)
    {
        if (index < 4) return (FirstByteEnables >> index & 1) != 0;
        return index < Length - 4 || (LastByteEnables >> (index - (Length - 4)) & 1) != 0;
    }
}
