using System.Runtime.InteropServices;

namespace Pcie.Bench.Workers;

/// <summary>Processor time of children that have ended, and were waited for; getrusage(2).</summary>
internal static class ChildTime
{
    private const int Children = -1;

    public static TimeSpan Total
    {
        get
        {
            if (GetUsage(Children, out var usage) != 0) throw new InvalidOperationException("getrusage failed.");
            return TimeSpan.FromSeconds(usage.UserSeconds + usage.SystemSeconds)
                + TimeSpan.FromMicroseconds(usage.UserMicroseconds + usage.SystemMicroseconds);
        }
    }

    [DllImport("libc", EntryPoint = "getrusage")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetUsage(int who, out Usage usage);

    // The rest of 144 bytes is of no interest here.
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private struct Usage
    {
        public long UserSeconds, UserMicroseconds, SystemSeconds, SystemMicroseconds;
    }
}
