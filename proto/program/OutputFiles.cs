using System.CommandLine;

namespace Pcie.Program;

/// <summary>Options that name what is written when a long run has ended: whether it can be is found out before the run begins.</summary>
public static class OutputFiles
{
    /// <summary>A file, in a folder that is there.</summary>
    public static T AcceptWritableFilesOnly<T>(this T option)
        where T : Option => Refuse(option, WrongWithFile);

    /// <summary>A folder, which is made if it is not there.</summary>
    public static T AcceptWritableFoldersOnly<T>(this T option)
        where T : Option => Refuse(option, WrongWithFolder);

    private static T Refuse<T>(T option, Func<string, string?> wrongWith)
        where T : Option
    {
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (token.Value.Length > 0 && wrongWith(token.Value) is { } wrong) result.AddError($"{option.Name} {token.Value}: {wrong}.");
        });
        return option;
    }

    private static string? WrongWithFile(string path)
    {
        if (Directory.Exists(path)) return "this is a folder; expected a file";
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
            return $"there is no folder {folder}; make it first";
        // Not opened: what a pipe's reader is to get, it gets when the run has ended.
        return File.Exists(path) && new FileInfo(path).IsReadOnly ? "it is read-only" : null;
    }

    private static string? WrongWithFolder(string path)
    {
        if (File.Exists(path)) return "this is a file; name a directory";
        try
        {
            Directory.CreateDirectory(path);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"it cannot be made: {e.Message}";
        }
    }
}
