using System.Diagnostics;
using System.Globalization;
using Pcie.Time;
using Spectre.Console;

namespace Pcie.Emu.Commands;

/// <summary>
/// Says on standard error how far work has come that takes a while: on a terminal a bar with what is left, elsewhere a line now and then, so that
/// nobody takes it for dead.
/// </summary>
internal static class LongWork
{
    /// <summary>Without a terminal there is a line so often.</summary>
    internal static readonly TimeSpan BetweenLines = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether standard error is a terminal to draw on.</summary>
    internal static bool IsDrawn { get; set; } = !Console.IsErrorRedirected;

    /// <param name="name">What it is, in a few words.</param>
    /// <param name="progress">How much is done, 0 to 1; null if that is not known.</param>
    public static async Task<T> ShowAsync<T>(Task<T> work, string name, Func<double>? progress)
    {
        if (IsDrawn) await DrawAsync(ErrorTerminal.Create(), work, name, progress);
        else await WriteLinesAsync(work, name, progress);
        return await work;
    }

    /// <summary>The same of work that keeps a thread, on one of its own, until it is done.</summary>
    /// <inheritdoc cref="ShowAsync{T}(Task{T}, string, Func{double}?)"/>
    public static T Show<T>(string name, Func<T> work, Func<double>? progress = null) => ShowAsync(
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default), name, progress)
        .GetAwaiter().GetResult();

    /// <summary>A bar, with what is left, until the work is done.</summary>
    internal static async Task DrawAsync(IAnsiConsole terminal, Task work, string name, Func<double>? progress)
    {
        await terminal.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                var bar = context.AddTask(Markup.Escape(name));
                bar.IsIndeterminate = progress is null;
                while (await Task.WhenAny(work, Task.Delay(BetweenLooks)) != work)
                {
                    if (progress is not null) bar.Value = progress() * 100;
                    context.Refresh();
                }
            });
    }

    private static async Task WriteLinesAsync(Task work, string name, Func<double>? progress)
    {
        var watch = Stopwatch.StartNew();
        while (await Task.WhenAny(work, Task.Delay(BetweenLines)) != work)
            await Console.Error.WriteLineAsync(Line(name, watch.Elapsed, progress?.Invoke()));
    }

    /// <summary>What there is without a terminal.</summary>
    internal static string Line(string name, TimeSpan elapsed, double? done)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"emu: {name}: {Rounded(elapsed)} so far");
        // The first hundredth tells nothing of the others.
        return done is not ({ } part and >= 0.01) ? text
            : string.Create(CultureInfo.InvariantCulture, $"{text}, {100 * part:0} % done, about {Rounded(elapsed * (1 / part - 1))} left");
    }

    // To seconds, and what is said in minutes to halves of them.
    private static Duration Rounded(TimeSpan time)
    {
        var unit = time.TotalSeconds < 120 ? 1 : 30;
        return Duration.FromSeconds(unit * (long)Math.Round(time.TotalSeconds / unit));
    }
}
