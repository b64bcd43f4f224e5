using System.CommandLine;
using System.Globalization;
using Pcie.Control.Wire;
using Pcie.Emu.Forms.Cards;
using Pcie.Program;

namespace Pcie.Emu.Commands;

/// <summary><c>emu stats</c>: every counter of a running card.</summary>
internal static class StatsCommand
{
    public static Command Create()
    {
        var command = new Command("stats", "Show the counters of a running card.");
        var access = new CardAccess(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            using var opened = access.Open(parsed);
            var statistics = await opened.Client.GetStatisticsAsync(new StatisticsRequest(), null, CardAccess.Deadline, cancellation);
            access.Print(parsed, () => StatisticsFigures.Of(statistics), () => TextOf(statistics));
            return ExitStatus.Done;
        });
        return command;
    }

    private static string TextOf(Statistics statistics) => string.Join('\n', statistics.Counters.OrderBy(one => one.Key, StringComparer.Ordinal)
        .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Key,-44} {one.Value,20:#,0}"))
        .Prepend($"host {(statistics.HostName.Length > 0 ? $"'{statistics.HostName}'" : "none")}"));
}
