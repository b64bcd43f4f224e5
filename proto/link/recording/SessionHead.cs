using System.Buffers.Binary;
using Pcie.Files;
using Pcie.Time;

namespace Pcie.Link.Recording;

/// <summary>What a session recording says of the session as a whole.</summary>
/// <param name="Pacing">How time passed.</param>
/// <param name="Latency">Of the link, one way; of no meaning by the wall clock.</param>
public sealed record SessionHead(Pacing Pacing, Duration Latency)
{
    /// <summary>For <see cref="PayloadKept"/>: every payload is kept as it was.</summary>
    public const int WholePayloads = -1;

    private const int FixedBytes = 20;
    private const int MaxName = 1024;

    /// <summary>Who the host was, as in HostHello.</summary>
    public string HostName { get; init; } = "";

    /// <summary>Who the device was, as in DeviceHello.</summary>
    public string DeviceName { get; init; } = "";

    public ushort VendorId { get; init; }

    public ushort DeviceId { get; init; }

    /// <summary>What was done in the session, for a person: scenario and seed.</summary>
    public string Note { get; init; } = "";

    /// <summary>Bytes that are kept of each payload of the device; of a longer one there is a hash besides. The host's are always whole.</summary>
    public int PayloadKept { get; init; } = WholePayloads;

    /// <summary>
    /// u8 pacing, u8 0, u16 vendor, u16 device, u16 0, i64 latency in ns, i32 payload kept; u16 length and UTF-8 of host, device, note.
    /// </summary>
    internal byte[] Encode()
    {
        var names = Array.ConvertAll([HostName, DeviceName, Note], name => BoundedText.Encode(name, MaxName));
        var bytes = new byte[FixedBytes + names.Sum(name => sizeof(ushort) + name.Length)];
        bytes[0] = (byte)Pacing;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(2), VendorId);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(4), DeviceId);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8), Latency.Nanoseconds);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(16), PayloadKept);
        var at = FixedBytes;
        foreach (var name in names)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), (ushort)name.Length);
            name.CopyTo(bytes, at + sizeof(ushort));
            at += sizeof(ushort) + name.Length;
        }
        return bytes;
    }

    /// <summary>Reads what <see cref="Encode"/> wrote, which is loaded.</summary>
    internal static SessionHead Read(BinaryCursor file)
    {
        var (start, pacing) = (file.Offset, (Pacing)file.Byte());
        if (!Enum.IsDefined(pacing)) throw file.Damaged(start, $"pacing {(byte)pacing}; expected 1 (free-running) or 2 (wall-clock)");
        file.Byte();
        var (vendor, device) = (file.UInt16(), file.UInt16());
        file.UInt16();
        var (latency, kept) = (new Duration(file.Int64()), file.Int32());
        if (!LatencyRange.Contains(latency))
            throw file.Damaged(start + 8, $"a latency of {latency.Nanoseconds} ns; "
                + $"expected {LatencyRange.Min.Nanoseconds} to {LatencyRange.Max.Nanoseconds}");
        if (kept is < WholePayloads or > Frame.MaxPayload)
            throw file.Damaged(start + 16, $"{kept} bytes kept of a payload; expected -1 to {Frame.MaxPayload}");
        return new SessionHead(pacing, latency)
        {
            VendorId = vendor, DeviceId = device, PayloadKept = kept,
            HostName = ReadName(file), DeviceName = ReadName(file), Note = ReadName(file),
        };
    }

    private static string ReadName(BinaryCursor file)
    {
        var length = file.UInt16();
        return length <= MaxName ? file.Text(length)
            : throw file.Damaged(file.Offset - sizeof(ushort), $"a name of {length} bytes; expected at most {MaxName}");
    }
}
