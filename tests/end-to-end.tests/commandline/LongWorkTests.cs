using System.Text.RegularExpressions;
using Pcie.DriverModel.Report;
using Pcie.Emu.Commands;
using Pcie.Emu.Running;
using Pcie.Fixtures.Programs;
using Spectre.Console;

namespace Pcie.EndToEnd.Tests.CommandLine;

/// <summary>What takes a while says how far it is, with a terminal and without.</summary>
public sealed partial class LongWorkTests
{
    [Theory]
    [InlineData(0.25, "emu: late-dpc: 30 s so far, 25 % done, about 90 s left")]
    [InlineData(0.001, "emu: late-dpc: 30 s so far")]
    [InlineData(null, "emu: late-dpc: 30 s so far")]
    public void WithoutATerminalALineSaysWhatIsDoneAndWhatIsLeft(double? done, string line)
    {
        Assert.Equal(line, LongWork.Line("late-dpc", TimeSpan.FromSeconds(30), done));
        Assert.InRange(LongWork.BetweenLines, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task OnATerminalABarSaysWhatIsLeft()
    {
        using var drawn = new StringWriter();
        var terminal = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(drawn), Interactive = InteractionSupport.Yes, Ansi = AnsiSupport.Yes,
        });
        terminal.Profile.Width = 120;
        var looks = 0;
        var looked = new TaskCompletionSource();

        await LongWork.DrawAsync(terminal, looked.Task, "a day", () =>
        {
            if (++looks == 2) looked.SetResult();
            return 0.5;
        });

        // Not known yet from one look, but there.
        Assert.Matches("a day .* 50% (--|[0-9]{2}):(--|[0-9]{2}):(--|[0-9]{2})", Escape().Replace(drawn.ToString(), ""));
    }

    // A run of two processes takes place in another than this one.
    [Fact]
    public async Task OfARunOfTwoProcessesItIsKnownHowFarItIs()
    {
        var seen = new List<double>();
        var request = new RunRequest(ShippedScenarios.PathOf("live"), LinkKind.Unix) { Duration = "1500ms" };

        var report = await TwoProcessRun.ExecuteAsync(request, null, seen.Add, TestContext.Current.CancellationToken);

        Assert.Equal(RunOutcome.Completed, report.Outcome);
        Assert.NotEmpty(seen);
        Assert.All(seen, share => Assert.InRange(share, 0, 1));
        Assert.Equal(seen.Order(), seen);
    }

    [Fact]
    public async Task WhatComesBeforeAReportIsNoPartOfIt()
    {
        var seen = new List<double>();

        Assert.Equal("{\n}", await TwoProcessRun.ReadReportAsync(new StringReader("progress 0.2500\nprogress 1\n{\n}"), seen.Add));
        Assert.Equal([0.25, 1], seen);
    }

    [GeneratedRegex(@"\x1b\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Escape();
}
