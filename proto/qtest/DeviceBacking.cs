namespace Pcie.Qtest;

/// <summary>What a device of QEMU's needs besides itself, unless its properties name another: a disk has to have a medium.</summary>
/// <param name="Device">With its properties.</param>
/// <param name="Options">Before it.</param>
internal sealed record DeviceBacking(string Device, IReadOnlyList<string> Options)
{
    public const long DiskBytes = 64 << 20;

    /// <summary>Whether it needs a disk, and none is named.</summary>
    public static bool LacksDisk(string device) =>
        device.Split(',') is var words && words[0] == "nvme" && !words.Any(word => word.StartsWith("drive=", StringComparison.Ordinal));

    /// <param name="disk">Where the blocks of one are asked for that it lacks; null for a file.</param>
    /// <param name="folder">For files that QEMU opens when it starts, and keeps; their names go at once.</param>
    public static DeviceBacking Of(string device, string? disk, string folder)
    {
        var words = device.Split(',');
        if (words[0] != "nvme") return new DeviceBacking(device, []);
        var options = new List<string>();
        if (LacksDisk(device))
        {
            options.AddRange("-drive", $"id=medium,if=none,{(disk is null ? FileIn(folder) : $"driver=nbd,server.type=unix,server.path={disk}")}");
            device += ",drive=medium";
        }
        if (!words.Any(word => word.StartsWith("serial=", StringComparison.Ordinal))) device += ",serial=1";
        return new DeviceBacking(device, options);
    }

    private static string FileIn(string folder)
    {
        var path = Path.Combine(folder, "disk");
        using var file = File.Create(path);
        file.SetLength(DiskBytes);
        return $"format=raw,file={path}";
    }
}
