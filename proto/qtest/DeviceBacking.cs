namespace Pcie.Qtest;

/// <summary>What a device of QEMU's needs besides itself, unless its properties name another: a disk has to have a medium.</summary>
/// <param name="Device">With its properties.</param>
/// <param name="Options">Before it.</param>
internal sealed record DeviceBacking(string Device, IReadOnlyList<string> Options)
{
    private const long DiskBytes = 64 << 20;

    /// <param name="folder">For files that QEMU opens when it starts, and keeps; their names go at once.</param>
    public static DeviceBacking Of(string device, string folder)
    {
        var words = device.Split(',');
        if (words[0] != "nvme") return new DeviceBacking(device, []);
        var options = new List<string>();
        if (!words.Any(word => word.StartsWith("drive=", StringComparison.Ordinal)))
        {
            var disk = Path.Combine(folder, "disk");
            using (var file = File.Create(disk)) file.SetLength(DiskBytes);
            options.AddRange("-drive", $"id=medium,if=none,format=raw,file={disk}");
            device += ",drive=medium";
        }
        if (!words.Any(word => word.StartsWith("serial=", StringComparison.Ordinal))) device += ",serial=1";
        return new DeviceBacking(device, options);
    }
}
