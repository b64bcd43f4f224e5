using System.Buffers.Binary;
using System.Text;
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
        var names = Array.ConvertAll([HostName, DeviceName, Note], Cut);
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

    /// <summary>Reads what <see cref="Encode"/> wrote.</summary>
    /// <param name="problem">What is wrong, and at which byte of the head; null if nothing is.</param>
    internal static SessionHead? Decode(ReadOnlySpan<byte> bytes, out (int At, string What)? problem)
    {
        if (bytes.Length < FixedBytes) return Wrong(out problem, 0, $"a head of {bytes.Length} bytes; expected at least {FixedBytes}");
        var pacing = (Pacing)bytes[0];
        var latency = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        var kept = BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]);
        if (!Enum.IsDefined(pacing)) return Wrong(out problem, 0, $"pacing {bytes[0]}; expected 1 (free-running) or 2 (wall-clock)");
        if (latency is < 1 or > LinkLatency.MaxNanoseconds)
            return Wrong(out problem, 8, $"a latency of {latency} ns; expected 1 to {LinkLatency.MaxNanoseconds}");
        if (kept is < WholePayloads or > Frame.MaxPayload)
            return Wrong(out problem, 16, $"{kept} bytes kept of a payload; expected -1 to {Frame.MaxPayload}");
        var names = new string[3];
        var at = FixedBytes;
        for (var i = 0; i < names.Length; i++)
        {
            var length = at + sizeof(ushort) <= bytes.Length ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]) : ushort.MaxValue;
            if (length > MaxName || at + sizeof(ushort) + length > bytes.Length) return Wrong(out problem, at, "a name that runs beyond the head");
            names[i] = Encoding.UTF8.GetString(bytes.Slice(at + sizeof(ushort), length));
            at += sizeof(ushort) + length;
        }
        problem = at == bytes.Length ? null : (at, "more bytes; expected the end of the head");
        return new SessionHead(pacing, new Duration(latency))
        {
            VendorId = BinaryPrimitives.ReadUInt16LittleEndian(bytes[2..]),
            DeviceId = BinaryPrimitives.ReadUInt16LittleEndian(bytes[4..]),
            PayloadKept = kept,
            HostName = names[0],
            DeviceName = names[1],
            Note = names[2],
        };
    }

    private static SessionHead? Wrong(out (int, string)? problem, int at, string what)
    {
        problem = (at, what);
        return null;
    }

    private static byte[] Cut(string name)
    {
        var bytes = Encoding.UTF8.GetBytes(name);
        return bytes.Length <= MaxName ? bytes : bytes[..MaxName];
    }
}
