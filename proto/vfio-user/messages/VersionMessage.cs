using System.Text.Json;

namespace Pcie.VfioUser.Messages;

/// <summary>VERSION: the first message of a client, and what it says that it can do.</summary>
/// <param name="MaxData">Most bytes of data of a message to it.</param>
internal readonly record struct VersionMessage(int MaxData)
{
    /// <summary>File descriptors that a message to the server may bring.</summary>
    public const int MaxDescriptors = 16;

    /// <summary>Ranges that may be mapped at once.</summary>
    public const int MaxMaps = 65535;

    /// <summary>Ranges begin and end at its multiples (bytes).</summary>
    public const int PageSize = 4096;

    // What holds for a client that says nothing.
    private const int DefaultMaxData = 1 << 20;
    private const int LeastMaxData = 64;

    private static readonly byte[] Capabilities = System.Text.Encoding.ASCII.GetBytes(
        $"{{\"capabilities\":{{\"max_msg_fds\":{MaxDescriptors},\"max_data_xfer_size\":{RegionAccess.MaxCount},\"pgsizes\":{PageSize}"
        + $",\"max_dma_maps\":{MaxMaps}}}}}\0");

    /// <exception cref="RequestRefusedException">It is none, or of a version that is not spoken here.</exception>
    public static VersionMessage Read(ReadOnlySpan<byte> bytes)
    {
        var payload = new Payload(bytes, Command.Version);
        var version = payload.UInt32();
        // The lower half is the major version; the minor one in force is the lower of both sides', and ours is 0.
        if ((version & 0xFFFF) != 0)
            throw new RequestRefusedException(Errno.NotSupported, $"VERSION {version & 0xFFFF}.{version >> 16}; expected 0.x");
        var text = payload.Rest;
        if (text is [.., 0]) text = text[..^1];
        if (text.Length == 0) return new VersionMessage(DefaultMaxData);
        try
        {
            var reader = new Utf8JsonReader(text);
            using var document = JsonDocument.ParseValue(ref reader);
            // Throws if something follows.
            reader.Read();
            return document.RootElement.ValueKind == JsonValueKind.Object
                && document.RootElement.TryGetProperty("capabilities", out var capabilities)
                && capabilities.ValueKind == JsonValueKind.Object
                && capabilities.TryGetProperty("max_data_xfer_size", out var size)
                ? new VersionMessage(MaxDataOf(size)) : new VersionMessage(DefaultMaxData);
        }
        catch (JsonException e)
        {
            throw new RequestRefusedException(Errno.Invalid, $"VERSION has capabilities that are no JSON: {e.Message}");
        }
    }

    /// <summary>The server's answer.</summary>
    public static void WriteReply(ref Reply reply)
    {
        reply.UInt16(0);
        reply.UInt16(0);
        reply.Bytes(Capabilities);
    }

    private static int MaxDataOf(JsonElement size) =>
        size.ValueKind == JsonValueKind.Number && size.TryGetInt64(out var bytes) && bytes >= LeastMaxData
        ? (int)Math.Min(bytes, DefaultMaxData)
        : throw new RequestRefusedException(Errno.Invalid, $"VERSION has a max_data_xfer_size that is no number of {LeastMaxData} or more");
}
