using Pcie.Docs.Registers;
using Pcie.Docs.Scenarios;

namespace Pcie.Docs;

/// <summary>A file that is written from the declarations that it documents.</summary>
/// <param name="Path">From the repository's root.</param>
/// <param name="Text">With \n at the ends of lines.</param>
internal sealed record GeneratedDocument(string Path, string Text)
{
    /// <summary>The folder that holds the solution.</summary>
    public static string Repository
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(System.IO.Path.Combine(folder.FullName, "Emulator.sln")))
                folder = folder.Parent ?? throw new DirectoryNotFoundException($"No folder above {AppContext.BaseDirectory} has Emulator.sln.");
            return folder.FullName;
        }
    }

    public static IEnumerable<GeneratedDocument> All()
    {
        yield return Of("tools/emu/scenarios/scenario.schema.json", ScenarioSchema.Text());
        yield return Of("docs/scenarios.md", ScenarioReference.Text());
        var cards = RegisterDocuments.Cards();
        yield return Of("docs/registers.md", RegisterDocuments.Markdown(cards));
        yield return Of("docs/registers.rdl", RegisterDocuments.SystemRdl(cards));
    }

    private static GeneratedDocument Of(string path, string text) => new(path, text.ReplaceLineEndings("\n").TrimEnd('\n') + "\n");
}
