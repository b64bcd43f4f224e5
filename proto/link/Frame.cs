using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link;

/// <summary>
/// What crosses the link at once: some TLPs in the order in which they were sent, and what its sender says about time.
/// Frames are pooled: whoever takes one off a transport gives it back with <see cref="FramePool.Return"/>.
/// </summary>
/// <remarks>Adding and reading allocate nothing once the frame has grown to its working size.</remarks>
public sealed class Frame : ILinkMessage
{
    /// <summary>A frame of more TLPs than this is refused as malformed.</summary>
    public const int MaxTlps = 4096;

    /// <summary>A frame with more payload than this is refused as malformed (bytes).</summary>
    public const int MaxPayload = 8 << 20;

    private Tlp[] tlps = new Tlp[4];
    private byte[] payload = new byte[64];
    private int payloadLength;

    // Where the payloads lie instead of in the frame's own memory, until it is emptied or owns them; null if they do not.
    private unsafe byte* lent;

    /// <summary>Which attachment it belongs to. Frames of an earlier one are refused.</summary>
    public ulong Epoch { get; set; }

    /// <summary>Number of this frame within its direction and epoch, from 1.</summary>
    public ulong Sequence { get; set; }

    /// <summary>The highest sequence number its sender has taken from the other side.</summary>
    public ulong Acknowledge { get; set; }

    /// <summary>
    /// Host to device: it will send nothing stamped before this unless it is sent an interrupt, a completion or a request. Device to
    /// host: the promise: it will say nothing stamped before this unless spoken to. Free-running only.
    /// </summary>
    public SimTime Promise { get; set; }

    /// <summary>Host to device, free-running: run on as far as the rules allow and answer with a frame that carries a fresh promise.</summary>
    public bool PromiseRequested { get; set; }

    /// <summary>
    /// Host to device, free-running: the run ends here: run everything before this time, answer, and stop. Otherwise <see cref="SimTime.Never"/>.
    /// </summary>
    public SimTime EndOfRun { get; set; } = SimTime.Never;

    public int Count { get; private set; }

    public ref readonly Tlp this[int index] => ref tlps.AsSpan(0, Count)[index];

    public int PayloadLength => payloadLength;

    /// <summary>All payloads, one behind the other.</summary>
    internal unsafe Span<byte> Payload => lent is null ? payload.AsSpan(0, payloadLength) : new Span<byte>(lent, payloadLength);

    /// <summary>Memory that it takes, full or empty (bytes).</summary>
    internal int Capacity => payload.Length + tlps.Length * System.Runtime.CompilerServices.Unsafe.SizeOf<Tlp>();

    /// <summary>The payload of a TLP of this frame; empty if it has none.</summary>
    public ReadOnlySpan<byte> PayloadOf(in Tlp tlp) => tlp.HasPayload ? Payload.Slice(tlp.PayloadOffset, tlp.Length) : default;

    /// <summary>Appends a TLP with its payload.</summary>
    /// <exception cref="ArgumentException">The payload's length is not what the TLP says.</exception>
    public void Add(scoped in Tlp tlp, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != (tlp.HasPayload ? tlp.Length : 0))
            throw new ArgumentException($"{tlp.Kind} of {tlp.Length} bytes came with a payload of {bytes.Length}.", nameof(bytes));
        bytes.CopyTo(Add(tlp));
    }

    /// <summary>Appends a TLP and returns the place for its payload, uninitialised, for the caller to fill at once.</summary>
    public Span<byte> Add(scoped in Tlp tlp)
    {
        if (Count == tlps.Length) Array.Resize(ref tlps, Count * 2);
        var length = tlp.HasPayload ? tlp.Length : 0;
        if (payloadLength + length > payload.Length)
            Array.Resize(ref payload, (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(payloadLength + length)));
        tlps[Count++] = tlp with { PayloadOffset = payloadLength };
        payloadLength += length;
        return payload.AsSpan(payloadLength - length, length);
    }

    /// <summary>The payloads are somebody else's, who keeps them there until the frame is emptied or owns them. Nothing is added meanwhile.</summary>
    internal unsafe void Lend(byte* payloads) => lent = payloads;

    /// <summary>Copies payloads that were lent.</summary>
    /// <param name="from">Nobody looks at what is before this any more (bytes).</param>
    internal unsafe void Own(int from)
    {
        if (lent is null) return;
        Payload[from..].CopyTo(payload.AsSpan(from));
        lent = null;
    }

    /// <summary>Empties the frame for its next use.</summary>
    public unsafe void Clear()
    {
        lent = null;
        Count = 0;
        payloadLength = 0;
        Epoch = Sequence = Acknowledge = 0;
        Promise = SimTime.Zero;
        PromiseRequested = false;
        EndOfRun = SimTime.Never;
    }
}
