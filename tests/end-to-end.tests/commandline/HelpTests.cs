using System.CommandLine;
using Pcie.EndToEnd.Tests.Fixtures;
using Pcie.Fixtures.Programs;
using Pcie.Program;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary>What the command line says of itself.</summary>
public sealed class HelpTests
{
    private const int MostColumnsOfAName = 40;

    /// <summary>Each command of each program, as it is typed.</summary>
    public static TheoryData<string> Paths => [.. DocumentedPrograms.All.SelectMany(program => Within(program.Value, program.Key))];

    public static TheoryData<string> Examples =>
        [.. DocumentedPrograms.All.Values.SelectMany(Tree).SelectMany(CommandHelp.ExamplesOf).Select(example => example.Split('#')[0].TrimEnd())];

    [Theory]
    [MemberData(nameof(Paths))]
    public void HelpOfEveryCommandHasExamplesAndSaysWhatTheExitStatusMeans(string path)
    {
        var words = path.Split(' ');
        using var output = new StringWriter();
        var root = DocumentedPrograms.All[words[0]];
        CommandHelp.AddTo(root);
        Assert.Equal(0, root.Parse([.. words[1..], "--help"]).Invoke(new InvocationConfiguration { Output = output }));

        var help = output.ToString();
        Assert.Contains("\nExit status:\n", help, StringComparison.Ordinal);
        Assert.Contains("\nExamples:\n", help, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"\[default: [A-Z][a-z]|<[^>]*[A-Z][a-z]+\|", help);
        // A choice among many is no name: it makes a column of the whole screen.
        Assert.DoesNotMatch($"(?m)^  [^ ]+( <[^>]{{{MostColumnsOfAName},}}>| {{{MostColumnsOfAName + 20},}})", help);
    }

    [Theory]
    [MemberData(nameof(Examples))]
    public void AnExampleIsACommandLineThatIsUnderstood(string example) => Assert.Empty(DocumentedPrograms.ErrorsOf(example));

    [Fact]
    public void WindowsIsAskedForUtf8WithoutAMarkWhichOthersPrintAnyway()
    {
        Assert.Equal((65001, 0), (OutputEncoding.For(windows: true)!.CodePage, OutputEncoding.For(windows: true)!.GetPreamble().Length));
        Assert.Null(OutputEncoding.For(windows: false));
    }

    [Fact]
    public async Task HelpIsACommandToo()
    {
        var help = await RunningProgram.RunAsync("emu", "help", "run");

        Assert.Equal(0, help.Status);
        Assert.Contains("  emu run <scenario> [options]", help.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SoIsTheVersion() =>
        Assert.Equal((await EmuInProcess.RunAsync("--version")).Output, (await EmuInProcess.RunAsync("version")).Output);

    // Files that are written are --out, and times have units.
    [Fact]
    public void OptionsAreCalledAlikeInEveryCommand()
    {
        var options = DocumentedPrograms.All.Values.SelectMany(Tree).SelectMany(command => command.Options).ToList();

        Assert.All(options.Where(option => option.Aliases.Contains("-o")), option => Assert.Contains("--out", option.Aliases.Append(option.Name)));
        Assert.DoesNotContain(options, option => option.HelpName is "SECONDS" or "MS" or "MINUTES");
        Assert.All(options.Where(option => option.Name == "--wait"), option => Assert.Equal("TIME", option.HelpName));
    }

    [Theory]
    [InlineData("Did you mean run? See emu --help.", "rnu")]
    [InlineData("See emu run --help.", "run", "late-dpc", "--bogus")]
    [InlineData("Did you mean --seed? See emu run --help.", "run", "late-dpc", "--sede=3")]
    [InlineData("Did you mean --listen? See emu card --help.", "card", "--lisen", "http://127.0.0.1:0")]
    public async Task AnErrorOfUsageNamesTheHelpThatHelps(string ending, params string[] arguments)
    {
        var refused = await EmuInProcess.RunAsync(arguments);

        Assert.Equal(2, refused.Status);
        Assert.EndsWith(ending, refused.Errors.TrimEnd(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _emu_complete emu")]
    [InlineData("zsh", "compdef _emu emu")]
    [InlineData("fish", "complete -c emu")]
    [InlineData("pwsh", "Register-ArgumentCompleter")]
    public async Task ACompletionScriptAsksEmuItself(string shell, string line)
    {
        var script = await EmuInProcess.RunAsync("completion", shell);

        Assert.Equal(0, script.Status);
        Assert.Contains(line, script.Output, StringComparison.Ordinal);
        Assert.Contains("[suggest:", script.Output, StringComparison.Ordinal);
        var words = await EmuInProcess.RunAsync("[suggest:12]", "emu run late");
        Assert.Contains("late-dpc", words.Output.Split('\n').Select(word => word.Trim()));
    }

    private static IEnumerable<Command> Tree(Command command) => command.Subcommands.SelectMany(Tree).Prepend(command);

    private static IEnumerable<string> Within(Command command, string path) =>
        command.Subcommands.SelectMany(below => Within(below, $"{path} {below.Name}")).Prepend(path);
}
