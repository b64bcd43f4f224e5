namespace Pcie.Link.Recording;

/// <summary>
/// A session recording: the TLPs of one attachment, as they crossed the link. Numbers are little-endian, varints and zigzag are protobuf's.
/// <code>
/// magic      8 bytes    "PCIETLPS"
/// version    u32        1
/// head       u32 length, as many bytes (see <see cref="SessionHead"/>), u64 XXH3 of these bytes
/// blocks     any number: u32 length of the body, u32 entries in it, u64 XXH3 of the body with the first eight bytes as seed; body
/// </code>
/// A block's body is its entries, one after the other; every block can be read by itself. An entry begins with a byte: bits 2..0 the kind,
/// bit 3 the direction (1: device to host), bits 6..4 the completion status, bit 7 whether the payload is cut. Then, for a TLP (kinds 1 to 5, as
/// in link.proto):
/// <code>
/// time       zigzag varint   ns, since the entry before of the same direction in the block, or since 0
/// tag        varint          not of memory writes
/// address    zigzag varint   bytes, since the entry before of the same direction in the block, or since 0
/// length     varint          bytes
/// enables    u8              bits 3..0 first DW, 7..4 last DW; requests only
/// payload    as long as the TLP says; if cut, which only a device's is: varint bytes kept (fewer), these, u64 XXH3 of the whole
/// </code>
/// Kind 0 is no TLP: a byte says what follows. 1, the end of a free-running run: varint time in ns. 2, the end of the session, which is the last
/// entry of the file: u8 why (0 detached, 1 peer gone, 2 protocol error), varint length, text in UTF-8. 3, the end of the recording, its last
/// entry where the session went on: the file was to be no longer.
/// </summary>
/// <remarks>
/// A time is the sender's stamp if the session is free-running, else when the recorder saw the TLP, since it saw the first. Entries of one
/// direction are in the order of sending. How the two directions interleave says, by the wall clock, what a side had heard when it spoke;
/// free-running, the stamps do.
/// </remarks>
internal static class SessionFormat
{
    public const uint Version = 1;

    public const int MaxHead = 4096;
    public const int BlockHead = 16;

    /// <summary>A block with as much in it is full (bytes).</summary>
    public const int FullBlock = 256 << 10;

    /// <summary>No entry is longer than this but for its payload (bytes).</summary>
    public const int MaxEntry = 64;

    /// <summary>No body is longer: a block is full after its last entry only (bytes).</summary>
    public const int MaxBody = FullBlock + Frame.MaxPayload + MaxEntry;

    /// <summary>The longest text that a session's end has (bytes).</summary>
    public const int MaxText = 4096;

    public const byte EndOfRun = 1;
    public const byte EndOfSession = 2;
    public const byte Cut = 3;

    public static ReadOnlySpan<byte> Magic => "PCIETLPS"u8;

    public static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));

    public static long FromZigZag(ulong value) => (long)(value >> 1) ^ -(long)(value & 1);

    /// <summary>The seed of a block's hash: a body that is whole but stands behind another head is damaged too.</summary>
    public static long SeedOf(int length, int entries) => (uint)length | (long)entries << 32;
}
