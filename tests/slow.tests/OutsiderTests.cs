using System.IO.Compression;
using System.Xml.Linq;
using Pcie.Fixtures.Programs;

namespace Pcie.Slow.Tests;

/// <summary>Whoever brings a card or a driver of his own follows the docs to the letter, in an empty folder outside the repository.</summary>
public sealed class OutsiderTests(OutsiderTests.Packages packages) : IClassFixture<OutsiderTests.Packages>
{
    [Theory]
    [InlineData("own-card.md")]
    [InlineData("own-driver.md")]
    public async Task TheCommandsOfThePageDoWhatItSays(string page)
    {
        using var outsider = await packages.OutsiderAsync();

        var commands = TypedOutside(page).ToList();
        Assert.InRange(commands.FindIndex(command => command.StartsWith("dotnet test ", StringComparison.Ordinal)), 0, 3);
        foreach (var command in commands) await outsider.TypeAsync(command);

        await outsider.TerminateCardAsync();
    }

    [Fact]
    public async Task TheCommandsOfThePageOnRegistersDoWhatItSays()
    {
        using var outsider = await packages.OutsiderAsync();

        var printed = new List<string>();
        foreach (var command in TypedOutside("own-registers.md"))
        {
            var words = $"{command} prints {await outsider.TypeAsync(command)}".Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            printed.Add(string.Join(' ', words));
        }

        Assert.Contains(printed, text => text.EndsWith(" LIVENESS 0xCAFE prints LIVENESS 0:0x004 0x0000cafe VALUE=0xcafe", StringComparison.Ordinal));
        Assert.Contains(printed, text => text.EndsWith(" prints STATUS.INTERRUPT 0x0", StringComparison.Ordinal));
        // The checks have put in another card, fresh from power-on.
        Assert.Contains(printed, text => text.Contains("--map registers.svd prints ", StringComparison.Ordinal)
            && text.Contains(" LIVENESS 0:0x004 0x00000000 ", StringComparison.Ordinal));
        await outsider.TerminateCardAsync();
    }

    [Fact]
    public async Task TestsOfADeviceThatIsNoCardOfOursPassAtOnce()
    {
        using var outsider = await packages.OutsiderAsync();

        foreach (var command in (string[])["dotnet new install Pcie.Templates", "dotnet new pcie-tests -n MyTests", "cd MyTests", "dotnet test"])
            await outsider.TypeAsync(command);
    }

    [Fact]
    public async Task EveryPackageSaysWhatItIsWhoseAndUnderWhichLicenceAndHasDocumentationAndSymbols()
    {
        (await packages.OutsiderAsync()).Dispose();

        var files = Directory.GetFiles(packages.Folder, "*.nupkg");
        Assert.NotEmpty(files);
        Assert.All(files, file =>
        {
            using var package = ZipFile.OpenRead(file);
            var names = package.Entries.Select(entry => entry.FullName).ToList();
            using var nuspec = package.Entries.Single(entry => entry.FullName.EndsWith(".nuspec", StringComparison.Ordinal)).Open();
            var about = XDocument.Load(nuspec).Root!.Elements().Single().Elements()
                .ToDictionary(element => element.Name.LocalName, element => element.Value);
            Assert.StartsWith("Pcie.", about["id"], StringComparison.Ordinal);
            Assert.Equal(("The contributors", "MIT", "README.md"), (about["authors"], about["license"], about["readme"]));
            Assert.DoesNotContain("Package Description", about["description"], StringComparison.Ordinal);
            Assert.Contains("README.md", names);
            foreach (var assembly in names.Where(name => name.StartsWith($"lib/net10.0/{about["id"]}", StringComparison.Ordinal)))
                Assert.Contains(Path.ChangeExtension(assembly, "xml"), names);
            if (names.Exists(name => name.StartsWith("lib/", StringComparison.Ordinal)))
                Assert.True(File.Exists(Path.ChangeExtension(file, "snupkg")), $"{about["id"]} has no symbols.");
        });
        using var link = ZipFile.OpenRead(Directory.GetFiles(packages.Folder, "Pcie.Link.Grpc.*.nupkg").Single());
        Assert.Contains(link.Entries, entry => entry.FullName.EndsWith("link.proto", StringComparison.Ordinal));
    }

    // What is typed with nothing but packages; elsewhere on the page emu is what has been installed for good, or a repository is at hand.
    private static IEnumerable<string> TypedOutside(string page) => DocumentedCommands.Of($"docs/{page}").Where(command =>
        Array.Exists((string[])["dotnet ", "cd ", "card$ dotnet "], beginning => command.StartsWith(beginning, StringComparison.Ordinal)));

    /// <summary>Made once, by the command of the docs.</summary>
    public sealed class Packages : IAsyncLifetime
    {
        public const string Clone = "clone$ ";

        private readonly TemporaryFolder folder = new();
        private bool made;

        /// <summary>Where they are.</summary>
        public string Folder => folder["pcie-packages"];

        public ValueTask InitializeAsync() => ValueTask.CompletedTask;

        /// <summary>An empty folder of somebody who has the packages at hand.</summary>
        public async Task<Outsider> OutsiderAsync()
        {
            var clone = new Outsider(ShippedScenarios.Repository);
            if (!made)
            {
                var pack = DocumentedCommands.Of("docs/own-card.md").Single(command => command.StartsWith(Clone, StringComparison.Ordinal));
                var here = pack[Clone.Length..].Replace("../pcie-packages", Folder, StringComparison.Ordinal);
                // Debug is what the tests have built already.
                await clone.TypeAsync($"{here} -c Debug");
                made = true;
            }
            return await Outsider.InAnEmptyFolderAsync(Folder);
        }

        public ValueTask DisposeAsync()
        {
            folder.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
