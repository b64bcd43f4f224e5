using Pcie.Docs;

namespace Pcie.EndToEnd.Tests.Documents;

public sealed class GeneratedDocumentTests
{
    public static TheoryData<string> Paths => [.. GeneratedDocument.All().Select(document => document.Path)];

    [Theory]
    [MemberData(nameof(Paths))]
    public void ADocumentIsWhatTheDeclarationsSay(string path)
    {
        var expected = GeneratedDocument.All().Single(document => document.Path == path).Text;
        var file = Path.Combine(GeneratedDocument.Repository, path);
        Assert.True(File.Exists(file) && File.ReadAllText(file).ReplaceLineEndings("\n") == expected,
            $"{path} is not what the declarations say; dotnet run --project tools/docs writes it anew, commit the result.");
    }
}
