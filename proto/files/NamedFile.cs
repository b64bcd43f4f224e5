namespace Pcie.Files;

/// <summary>Says which file is damaged.</summary>
public static class NamedFile
{
    /// <summary>Carries out what reads a file.</summary>
    /// <exception cref="InvalidDataException">The file is damaged; the text says which and where.</exception>
    public static T Read<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"{Path.GetFileName(path)}: {e.Message}", e);
        }
    }
}
