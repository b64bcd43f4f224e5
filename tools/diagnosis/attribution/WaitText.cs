using System.Globalization;
using System.Text;
using Pcie.Tables;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>A wait in words, as an engineer would paste it into a mail.</summary>
public static class WaitText
{
    private const int MaxShares = 8, MaxSamples = 4;
    private static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>The table: a line for each share, those that are too many in one, what is unexplained always last.</summary>
    /// <param name="evidence">Whether each interval that was counted is listed below.</param>
    public static void Append(StringBuilder text, Wait wait, string indent, Func<int, string>? evidence)
    {
        var named = wait.Shares.SkipLast(1).ToList();
        var table = new TextTable(indent).Right(width: 12).Right(width: 6).Left(width: 36, gap: 2).Left();
        foreach (var share in named.Take(MaxShares)) Row(share.Time, Name(share), Role(share));
        if (named.Count > MaxShares)
        {
            var others = new Duration(named.Skip(MaxShares).Sum(share => share.Time.Nanoseconds));
            Row(others, Counted.Of(named.Count - MaxShares, "other source"), "--evidence lists them");
        }
        Row(wait.Shares[^1].Time, Name(wait.Shares[^1]), Role(wait.Shares[^1]));
        text.Append(table);
        if (!wait.HasEnd) text.Append(Culture, $"{indent}its end is not in the recording: how long it ran is unknown\n");
        if (wait.Samples.Count > 0)
            text.Append(Culture,
                    $"{indent}samples: {string.Join(", ", wait.Samples.Take(MaxSamples).Select(s => $"{s.Count} in {s.Source}"))}")
                .Append(wait.Samples.Count > MaxSamples ? ", ...\n" : "\n");
        if (evidence is null) return;
        foreach (var interval in wait.Evidence)
            text.Append(Culture,
                $"{indent}  {interval.Begin} to {interval.End}  {interval.Kind} {evidence(interval.Source)}\n");
        if (wait.EvidenceLeftOut > 0)
            text.Append(Culture, $"{indent}  and {Counted.Of(wait.EvidenceLeftOut, "shorter interval")}\n");

        void Row(Duration time, string what, string role) => table.AddRow(
            $"{time}", $"{(wait.Delay == Duration.Zero ? 0 : 100.0 * time.Nanoseconds / wait.Delay.Nanoseconds):0.0}%", what, role);
    }

    /// <summary>What it was, and whose.</summary>
    public static string Name(Share share) => Name(share.Kind, share.Source);

    /// <inheritdoc cref="Name(Share)"/>
    public static string Name(ShareKind kind, string source) => kind == ShareKind.Unexplained ? "unexplained" : $"{What(kind),-4} {source}".Trim();

    private static string What(ShareKind kind) => kind switch
    {
        ShareKind.Interrupts => "ISR",
        ShareKind.AlreadyRunning or ShareKind.AheadInQueue => "DPC",
        ShareKind.Silent => "stop",
        ShareKind.Deferred => "deferred",
        ShareKind.Idle => "",
        _ => "thread",
    };

    /// <summary>How it came to stand in the way.</summary>
    public static string Role(Share share)
    {
        var times = share.Intervals > 1 ? string.Create(CultureInfo.InvariantCulture, $" (x{share.Intervals:#,0})") : "";
        return share.Kind switch
        {
            ShareKind.AlreadyRunning => "already running when the request came" + times,
            ShareKind.AheadInQueue => "ran ahead of it" + times,
            ShareKind.Interrupts => "in between" + times,
            ShareKind.RaisedIrql => "at raised IRQL: DPCs wait" + times,
            ShareKind.Unexplained => "dispatch, a thread, or not recorded",
            ShareKind.Deferred => "nobody had asked for the DPC interrupt (importance, target processor)",
            ShareKind.Thread => "although it waited: DPCs or softirqs off (raised IRQL), a higher priority, or nobody had asked for them" + times,
            ShareKind.Idle => "although it waited: a way out of idle, or nobody had asked for it" + times,
            ShareKind.Silent when share.Source == Silences.Name => "unusually long: firmware (SMI), a hypervisor, a debugger" + times,
            _ => "the processor ran nothing" + times,
        };
    }
}
