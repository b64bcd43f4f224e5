using System.Text.RegularExpressions;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;

namespace Pcie.EndToEnd.Tests.Documents;

/// <summary>
/// Every command that README and docs show is run: here, in the order of its page, or by the test that <see cref="CommandTable"/> names. What neither
/// runs is there with its reason; and of our programs every command line is at least understood, which is to say that its parser refuses nothing.
/// </summary>
public sealed partial class DocumentedCommandTests : IDisposable
{
    private const string Documented = "http://127.0.0.1:5000";

    private const string Short = """
        [run]
        duration = "100ms"
        [card.source]
        period = "5ms"
        """;

    // How commands begin that show what a program says when it is not as it was: exit status 3.
    private static readonly string[] ThatEndWithThree =
        ["emu replay session.tlps --against inproc: --scenario four.toml --before 3", "emu validate "];

    private readonly TemporaryFolder folder = new();
    private RunningEmulator? card;

    public static TheoryData<string> PagesThatShowSome => [.. DocumentedCommands.Pages.Where(page => DocumentedCommands.Of(page).Count > 0)];

    public static TheoryData<string> PagesThatAreRun => [.. DocumentedCommands.Pages.Where(page => Here(page).Any())];

    public static TheoryData<string, string> Rows => new(CommandTable.RunElsewhere.Concat(CommandTable.NotRun).Select(row =>
        (row.Page, row.Command)));

    public void Dispose()
    {
        card?.Dispose();
        folder.Dispose();
    }

    [Theory]
    [MemberData(nameof(PagesThatAreRun))]
    public async Task TheCommandsOfAPageDoWhatTheyAreShownFor(string page)
    {
        foreach (var command in Here(page))
        {
            var words = new List<string>();
            foreach (var word in DocumentedPrograms.WordsOf(Plain(command))) words.Add(await MeantAsync(page, word));
            Assert.Equal("emu", words[0]);
            // What is shown goes to the stream itself.
            var run = words[1] == "show" ? await RunningProgram.RunAsync("emu", words[1..]) : await EmuInProcess.RunAsync(words[1..]);
            var status = Array.Exists(ThatEndWithThree, one => command.StartsWith(one, StringComparison.Ordinal)) ? 3 : 0;
            Assert.True(run.Status == status, $"{command}: {run}");
        }
    }

    [Theory]
    [MemberData(nameof(PagesThatShowSome))]
    public void EachCommandOfOursIsUnderstood(string page)
    {
        foreach (var command in DocumentedCommands.Of(page).Select(Plain))
            if (DocumentedPrograms.WordsOf(command) is [var name, ..] && DocumentedPrograms.All.ContainsKey(name))
                Assert.True(Refused(command).Count == 0, $"{command}: {string.Join(' ', Refused(command))}");
            else if (Project().Match(command) is { Success: true } project && page is "README.md" or "docs/performance.md")
                Assert.True(Directory.Exists(Path.Combine(ShippedScenarios.Repository, project.Groups[1].Value)), command);
    }

    /// <summary>What is said in the middle of a sentence need not be a whole command line, but its commands and options are there.</summary>
    [Theory]
    [MemberData(nameof(PagesThatShowSome))]
    public void CommandsAndOptionsThatAPageSpeaksOfAreThere(string page)
    {
        var text = File.ReadAllText(Path.Combine(ShippedScenarios.Repository, page));
        Assert.All(Mentions().Matches(text), mention => Assert.Empty(DocumentedPrograms.UnknownOf(mention.Groups[1].Value.ReplaceLineEndings(" "))));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void ARowOfTheTableIsOfACommandThatIsShown(string page, string command) =>
        Assert.Contains(DocumentedCommands.Of(page), shown => Is(shown, command));

    [Fact]
    public void ATestThatTheTableNamesIsThere()
    {
        var tests = Directory.EnumerateFiles(Path.Combine(ShippedScenarios.Repository, "tests"), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetFileNameWithoutExtension(path)).ToHashSet();
        Assert.All(CommandTable.RunElsewhere, row => Assert.Contains(row.Test, tests));
    }

    private static IEnumerable<string> Here(string page) => DocumentedCommands.Of(page).Where(command =>
        !CommandTable.RunElsewhere.Concat(CommandTable.NotRun).Any(row => row.Page == page && Is(command, row.Command)));

    // A folder of the reader's may not be here.
    private static List<string> Refused(string command) =>
        [.. DocumentedPrograms.ErrorsOf(command).Where(error => !error.Contains("there is no folder", StringComparison.Ordinal))];

    private static bool Is(string command, string row) =>
        row.Length == 0 || row[^1] == ' ' ? Plain(command).StartsWith(row, StringComparison.Ordinal)
            || command.StartsWith(row, StringComparison.Ordinal)
            : Plain(command) == row;

    // From a clone or as a tool of a project, it is the same program.
    private static string Plain(string command) =>
        Started().IsMatch(command) ? Started().Replace(command, "").Replace(" -- ", " ", StringComparison.Ordinal) : command;

    private async Task<string> MeantAsync(string page, string word)
    {
        foreach (var (of, placeholder, meant) in CommandTable.Placeholders)
            if (of == page && placeholder == word) return await MeantAsync(page, meant);
        switch (word)
        {
            case Documented or "CARD":
                card ??= await RunningEmulator.StartAsync("--scenario", "vector-per-cause");
                return card.Uri;
            case "SHORT": return folder.Write("short.toml", Short);
            case "NEW": return folder["mine.toml"];
            case "FOUR":
                return folder.Write("four.toml", $"include = '{ShippedScenarios.PathOf("vector-per-cause")}'\n[card]\nmsi-messages = 4\n");
            case "FTRACE": return Path.Combine(AppContext.BaseDirectory, "samples", "linux-irq-softirq-loopback-tcp.ftrace.gz");
            case "LATENCYMON": return Path.Combine(AppContext.BaseDirectory, "cases", "latencymon-bins.txt");
            case "TRACE":
                if (!File.Exists(folder["run.trace"])) await EmuInProcess.RunAsync("run", "raised-irql", "--trace", folder["run.trace"]);
                return folder["run.trace"];
            default:
                return word.StartsWith("tools/", StringComparison.Ordinal) ? Path.Combine(ShippedScenarios.Repository, word)
                    : Written().IsMatch(word) ? folder[word] : word;
        }
    }

    // Files that a command of the page writes, and another of it may read.
    [GeneratedRegex("^([a-z]+\\.(csv|tlps|xml|toml|perfetto-trace|play|html|trace)|FILE)$")]
    private static partial Regex Written();

    [GeneratedRegex("^dotnet (run --project (tools/(?=emu )|(?=emulator |driver-model ))|(?=emu ))")]
    private static partial Regex Started();

    [GeneratedRegex("--project ([^ ]+)")]
    private static partial Regex Project();

    [GeneratedRegex("`((?:emu|emulator|driver-model) [^`]+)`")]
    private static partial Regex Mentions();
}
