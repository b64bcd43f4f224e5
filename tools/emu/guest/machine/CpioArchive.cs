using System.Globalization;
using System.Text;

namespace Pcie.Emu.Guest.Machine;

/// <summary>Writes an initramfs: the cpio format newc (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).</summary>
/// <param name="stream">Left open.</param>
internal sealed class CpioArchive(Stream stream)
{
    private const int Folder = 0x4000, Device = 0x2000, File = 0x8000, Link = 0xA000;
    private const string Magic = "070701", Trailer = "TRAILER!!!";

    private readonly HashSet<string> folders = [];
    private int entries;

    /// <summary>A file, and the folders that it is in.</summary>
    /// <param name="path">Without a slash in front.</param>
    /// <param name="bytes">What is in it.</param>
    public void AddFile(string path, ReadOnlySpan<byte> bytes)
    {
        AddFolder(Path.GetDirectoryName(path)!);
        Add(path, File | 0b111_101_101, bytes);
    }

    public void AddLink(string path, string target)
    {
        AddFolder(Path.GetDirectoryName(path)!);
        Add(path, Link | 0b111_111_111, Encoding.UTF8.GetBytes(target));
    }

    /// <summary>A character device.</summary>
    public void AddDevice(string path, int major, int minor)
    {
        AddFolder(Path.GetDirectoryName(path)!);
        Add(path, Device | 0b110_000_000, default, major, minor);
    }

    /// <summary>A folder, and those that it is in.</summary>
    public void AddFolder(string path)
    {
        if (path.Length == 0 || !folders.Add(path)) return;
        AddFolder(Path.GetDirectoryName(path)!);
        Add(path, Folder | 0b111_101_101, default);
    }

    /// <summary>Nothing more comes.</summary>
    public void End() => Add(Trailer, 0, default);

    private void Add(string name, int mode, ReadOnlySpan<byte> bytes, int major = 0, int minor = 0)
    {
        var nameBytes = Encoding.UTF8.GetBytes(name);
        // Inode, mode, user, group, links, time, size, device of the file twice, device that it is twice, length of the name with its 0, checksum.
        int[] fields = [++entries, mode, 0, 0, 1, 0, bytes.Length, 0, 0, major, minor, nameBytes.Length + 1, 0];
        var header = Magic + string.Concat(fields.Select(field => field.ToString("X8", CultureInfo.InvariantCulture)));
        stream.Write(Encoding.ASCII.GetBytes(header));
        stream.Write(nameBytes);
        Pad(header.Length + nameBytes.Length, atLeast: 1);
        stream.Write(bytes);
        Pad(bytes.Length, atLeast: 0);
    }

    // With zeros to a multiple of four.
    private void Pad(int length, int atLeast)
    {
        var zeros = (4 - (length + atLeast) % 4) % 4 + atLeast;
        for (var i = 0; i < zeros; i++) stream.WriteByte(0);
    }
}
