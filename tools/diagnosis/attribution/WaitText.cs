using System.Globalization;
using System.Text;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>A wait in words, as an engineer would paste it into a mail.</summary>
public static class WaitText
{
    private const int MostShares = 8, MostSamples = 4;

    /// <summary>The table: a line for each share, those that are too many in one, what is unexplained always last.</summary>
    /// <param name="evidence">Whether each interval that was counted is listed below.</param>
    public static void Append(StringBuilder text, Wait wait, string indent, Func<int, string>? evidence)
    {
        var named = wait.Shares.SkipLast(1).ToList();
        foreach (var share in named.Take(MostShares)) Line(share.Time, Name(share), Role(share));
        if (named.Count > MostShares)
            Line(new Duration(named.Skip(MostShares).Sum(share => share.Time.Nanoseconds)), $"{named.Count - MostShares} other sources", "--evidence lists them");
        Line(wait.Shares[^1].Time, Name(wait.Shares[^1]), Role(wait.Shares[^1]));
        if (wait.Samples.Count > 0)
            text.Append(CultureInfo.InvariantCulture,
                    $"{indent}samples: {string.Join(", ", wait.Samples.Take(MostSamples).Select(s => $"{s.Count} in {s.Source}"))}")
                .Append(wait.Samples.Count > MostSamples ? ", ...\n" : "\n");
        if (evidence is null) return;
        foreach (var interval in wait.Evidence)
            text.Append(CultureInfo.InvariantCulture,
                $"{indent}  {interval.Begin} to {interval.End}  {interval.Kind} {evidence(interval.Source)}\n");
        if (wait.EvidenceLeftOut > 0)
            text.Append(CultureInfo.InvariantCulture, $"{indent}  and {wait.EvidenceLeftOut:#,0} intervals that are shorter\n");

        void Line(Duration time, string what, string role) => text.Append(CultureInfo.InvariantCulture,
            $"{indent}{time,12} {(wait.Delay == Duration.Zero ? 0 : 100.0 * time.Nanoseconds / wait.Delay.Nanoseconds),5:0.0}%  {what,-36} {role}\n");
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
            ShareKind.Thread => "although a DPC waited: at raised IRQL, or the DPC interrupt was not asked for" + times,
            ShareKind.Idle => "although a DPC waited: a way out of idle, or the DPC interrupt was not asked for" + times,
            ShareKind.Silent when share.Source == Silences.Name => "unusually long: firmware (SMI), a hypervisor, a debugger" + times,
            _ => "the processor ran nothing" + times,
        };
    }
}
