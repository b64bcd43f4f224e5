namespace Pcie.DriverModel.Run;

/// <summary>A run that is run again, because its card was removed: its files make room for those of the next one, which is reported.</summary>
internal static class EarlierRun
{
    /// <summary>Keeps a file under a name of its own: of the first run, <c>session.tlps</c> becomes <c>session.1.tlps</c>.</summary>
    /// <param name="number">Which run it was, from 1.</param>
    public static void Keep(string? path, int number)
    {
        // A pipe or a device has no length, and stays where it is.
        if (path is null || new FileInfo(path) is not { Exists: true, Length: > 0 }) return;
        File.Move(path, Path.ChangeExtension(path, $"{number}{Path.GetExtension(path)}"), overwrite: true);
    }
}
