using Pcie.Docs;

// Writes every generated document of the repository that it is started in.
foreach (var (path, text) in GeneratedDocument.All())
{
    var file = Path.Combine(GeneratedDocument.Repository, path);
    Directory.CreateDirectory(Path.GetDirectoryName(file)!);
    File.WriteAllText(file, text);
    Console.WriteLine(path);
}
