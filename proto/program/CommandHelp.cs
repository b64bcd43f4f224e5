using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace Pcie.Program;

/// <summary>What help says of a command besides its options: examples, and what its exit status means.</summary>
public static class CommandHelp
{
    private static readonly ConditionalWeakTable<Command, string[]> Examples = [];

    /// <summary>Gives a command examples: command lines, each with what it is for behind a <c>#</c>.</summary>
    public static T WithExamples<T>(this T command, params string[] lines) where T : Command
    {
        Examples.AddOrUpdate(command, lines);
        return command;
    }

    /// <summary>Those that a command was given.</summary>
    public static IReadOnlyList<string> ExamplesOf(Command command) => Examples.TryGetValue(command, out var lines) ? lines : [];

    /// <summary>Has the help of a program say it.</summary>
    public static void AddTo(RootCommand root)
    {
        foreach (var help in root.Options.OfType<HelpOption>())
            if (help.Action is SynchronousCommandLineAction usual) help.Action = new WholeHelp(usual);
    }

    private sealed class WholeHelp(SynchronousCommandLineAction usual) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => usual.ClearsParseErrors;

        public override int Invoke(ParseResult parseResult)
        {
            var status = usual.Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            if (ExamplesOf(parseResult.CommandResult.Command) is { Count: > 0 } examples)
            {
                output.WriteLine("Examples:");
                foreach (var example in examples) output.WriteLine($"  {example}");
                output.WriteLine();
            }
            output.WriteLine("Exit status:");
            output.WriteLine($"  {ExitStatus.Meaning}");
            return status;
        }
    }
}
