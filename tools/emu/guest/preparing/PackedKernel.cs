using System.Buffers.Binary;

namespace Pcie.Emu.Guest.Preparing;

/// <summary>
/// A kernel as distributions have it, which unpacks itself when it begins (Linux, Documentation/arch/x86/boot.rst). A virtual machine without
/// hardware virtualisation takes as long for that as for the rest of the boot; what is inside can begin at once, by PVH.
/// </summary>
internal static class PackedKernel
{
    private const int SetupSectors = 0x1F1, PayloadOffset = 0x248, PayloadLength = 0x24C, Header = 0x250, Sector = 512;
    private const uint Zstandard = 0xFD2F_B528;

    /// <summary>Unpacks it.</summary>
    /// <param name="image">The kernel as it is booted.</param>
    /// <param name="into">The file to write.</param>
    /// <exception cref="IOException">It cannot be unpacked here.</exception>
    public static async Task UnpackAsync(string image, string into, CancellationToken cancellation)
    {
        var packed = $"{into}.zst";
        await File.WriteAllBytesAsync(packed, PayloadOf(await File.ReadAllBytesAsync(image, cancellation)), cancellation);
        await HostTool.RunAsync("zstd", ["-d", "-q", "--rm", "-o", into, packed], cancellation);
    }

    private static byte[] PayloadOf(byte[] image)
    {
        if (image.Length < Header) throw new IOException("This is no kernel: it is too short.");
        var start = (image[SetupSectors] + 1L) * Sector + BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(PayloadOffset));
        // Behind it stands how long it is unpacked.
        var length = BinaryPrimitives.ReadUInt32LittleEndian(image.AsSpan(PayloadLength)) - (long)sizeof(uint);
        if (length < sizeof(uint) || start + length > image.Length) throw new IOException("This is no kernel: its payload is not inside it.");
        var payload = image.AsSpan((int)start, (int)length);
        if (BinaryPrimitives.ReadUInt32LittleEndian(payload) != Zstandard) throw new IOException("The kernel is not packed by Zstandard.");
        return payload.ToArray();
    }
}
