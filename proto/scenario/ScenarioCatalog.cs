namespace Pcie.Scenario;

/// <summary>The scenarios that ship, which lie beside each of our programs, and finding one by name or file.</summary>
public static class ScenarioCatalog
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "scenarios");

    /// <summary>The JSON Schema of scenario files.</summary>
    public static string Schema => Path.Combine(Folder, "scenario.schema.json");

    /// <summary>Names of the shipped ones.</summary>
    public static IEnumerable<string> Names => Directory.EnumerateFiles(Folder, "*.toml").Select(file => Path.GetFileNameWithoutExtension(file));

    /// <summary>Names and titles of the shipped ones, by name.</summary>
    public static IEnumerable<RunScenario> Shipped =>
        Directory.EnumerateFiles(Folder, "*.toml").Order(StringComparer.Ordinal).Select(path => RunScenario.Read(ScenarioFile.Load(path)));

    /// <summary>The file that a person meant: an existing file, or a shipped scenario's name, with .toml or without.</summary>
    /// <exception cref="FileNotFoundException">Neither.</exception>
    public static string Find(string nameOrFile)
    {
        if (File.Exists(nameOrFile)) return Path.GetFullPath(nameOrFile);
        var shipped = Path.Combine(Folder, nameOrFile.EndsWith(".toml", StringComparison.Ordinal) ? nameOrFile : $"{nameOrFile}.toml");
        if (Path.GetFileName(nameOrFile) == nameOrFile && File.Exists(shipped)) return shipped;
        var meant = Spelling.Nearest(nameOrFile, Names) is { } near ? $"did you mean {near}? emu scenarios" : "emu scenarios";
        throw new FileNotFoundException($"'{nameOrFile}' is neither a file nor a shipped scenario; {meant} lists those.");
    }
}
