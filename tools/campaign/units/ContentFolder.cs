namespace Pcie.Campaign.Units;

/// <summary>A folder of this process in which the files lie that scenarios name, by their content; gone at the end.</summary>
public sealed class ContentFolder : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("pcie-campaign-");

    public string Path => folder.FullName;

    /// <summary>Has it here without copying it.</summary>
    public void Link(ContentFile file)
    {
        var link = System.IO.Path.Combine(Path, file.Name);
        if (!File.Exists(link)) File.CreateSymbolicLink(link, System.IO.Path.GetFullPath(file.Path));
    }

    /// <summary>Has a file here that comes from elsewhere.</summary>
    /// <param name="name">As in <see cref="ContentFile.Name"/>.</param>
    /// <param name="write">Writes what it holds.</param>
    /// <exception cref="InvalidDataException">That is not what the name says, or no name of a file here.</exception>
    public async Task AddAsync(string name, Func<Stream, Task> write)
    {
        if (!ContentFile.IsName(name)) throw new InvalidDataException($"'{name}' names no file of a scenario by its content");
        var path = System.IO.Path.Combine(Path, name);
        await using (var stream = File.Create($"{path}.part")) await write(stream);
        var whole = ContentFile.Of($"{path}.part");
        if (System.IO.Path.GetFileNameWithoutExtension(whole.Name) != name.Split('.')[0])
            throw new InvalidDataException($"the file {name} is not what its name says");
        File.Move($"{path}.part", path, overwrite: true);
    }

    public void Dispose()
    {
        try
        {
            folder.Delete(recursive: true);
        }
        catch (IOException)
        {
            // It is the system's to clear up, as whatever else lies among temporary files.
        }
    }
}
