namespace Pcie.Emu.Guest.Machine;

/// <summary>
/// A folder for one run of a machine, gone with the run. Who is killed leaves it, and the next to come removes it: its owner holds a lock in it for
/// as long as it lives.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private const string Prefix = "pcie-guest-", Lock = "lock";

    private readonly FileStream held;

    public RunFolder()
    {
        Path = Directory.CreateTempSubdirectory(Prefix).FullName;
        held = Hold(Path, FileMode.CreateNew);
    }

    public string Path { get; }

    /// <summary>Removes what was left by those who were killed.</summary>
    public static void RemoveThoseLeft()
    {
        foreach (var folder in Directory.EnumerateDirectories(System.IO.Path.GetTempPath(), $"{Prefix}*"))
            try
            {
                using (Hold(folder, FileMode.Open)) Directory.Delete(folder, recursive: true);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It is somebody's who lives, or another user's.
            }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Directory.Delete(Path, recursive: true);
        held.Dispose();
    }

    private static FileStream Hold(string folder, FileMode mode) =>
        new(System.IO.Path.Combine(folder, Lock), mode, FileAccess.ReadWrite, FileShare.None);
}
