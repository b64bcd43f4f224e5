using System.Globalization;

namespace Pcie.Emulator.Hosting;

/// <summary>How many files and sockets this process may still open.</summary>
internal static class FileDescriptors
{
    private const string Limit = "Max open files";

    /// <summary>Null where the system does not say, or has no limit.</summary>
    public static int? Left()
    {
        try
        {
            var line = File.ReadLines("/proc/self/limits").First(line => line.StartsWith(Limit, StringComparison.Ordinal));
            var soft = line[Limit.Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0];
            if (!int.TryParse(soft, NumberStyles.None, CultureInfo.InvariantCulture, out var most)) return null;
            return Math.Max(0, most - Directory.EnumerateFileSystemEntries("/proc/self/fd").Count());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            return null;
        }
    }
}
