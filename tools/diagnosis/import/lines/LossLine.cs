using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Pcie.Diagnosis.Import.Lines;

/// <summary>
/// A line by which a tool says that events are missing. What each prints is in its source: the kernel <c>CPU:1 [LOST 12 EVENTS]</c>, or without the
/// number, and <c>##### CPU 1 buffer started ####</c>; trace-cmd <c>CPU:1 [12 EVENTS DROPPED]</c>, or without, and as its sum
/// <c>CPU 1: 12 events lost</c>; perf <c>PERF_RECORD_LOST lost 12</c>, <c>LOST 12 events!</c>, <c>lost 5 chunks!</c> and <c>samples and lost
/// 7.50%!</c>; a buffer's statistics <c>overrun: 12</c> and <c>dropped events: 12</c>; xperf <c>Events Lost: 12</c> and <c>12 Events were lost in
/// this trace</c>. trace-cmd's <c>CPU:1 [SUBBUFFER START]</c> says where a page of the buffer begins, and is none.
/// </summary>
/// <param name="Processor">-1 if it is not said, or all.</param>
/// <param name="Events">How many; 0 if it is not said.</param>
internal readonly partial record struct LossLine(LossLine.Kind What, int Processor, long Events)
{
    private const int LongestLine = 400;

    public enum Kind
    {
        /// <summary>It says that nothing was lost.</summary>
        Nothing,
        /// <summary>Events are missing where it stands among the events.</summary>
        Here,
        /// <summary>The same if it stands among events; before or after all of them it is a sum.</summary>
        HereOrSum,
        /// <summary>It is of the whole recording, and where events are missing is not said.</summary>
        Sum,
        /// <summary>The processor's buffer begins here: of it nothing older was kept.</summary>
        Begin,
    }

    /// <summary>False if it says nothing of the kind.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out LossLine loss)
    {
        loss = default;
        if (line.Length > LongestLine) return false;
        var text = Encoding.UTF8.GetString(line);
        var cpu = Cpu().Match(text) is { Success: true } named ? ProcessorOf(named) : -1;
        var number = Number().Match(text);
        var isShare = Share().IsMatch(text);
        var events = number.Success && !isShare ? ValueOf(number) : 0;
        // Whatever stands in brackets after a processor's number where an event should be: events are not there.
        var kind = Page().IsMatch(text) ? Kind.Nothing
            : Bracketed().IsMatch(text) ? Kind.Here
            : Started().IsMatch(text) ? Kind.Begin
            : isShare ? Kind.Sum
            : number.Success ? events == 0 ? Kind.Nothing : Statistics().IsMatch(text) ? Kind.Sum : Kind.HereOrSum
            : Unnumbered().IsMatch(text) ? Kind.HereOrSum : (Kind?)null;
        loss = new LossLine(kind ?? Kind.Nothing, cpu, events);
        return kind is not null;
    }

    /// <summary>Whether it stands for lines that somebody has left out: <c>...</c>, <c>[snip]</c>, <c>&lt;cut&gt;</c>.</summary>
    public static bool IsElision(ReadOnlySpan<byte> line) => line.Length <= LongestLine && Elision().IsMatch(Encoding.UTF8.GetString(line));

    private static int ProcessorOf(Match named) =>
        int.TryParse(named.Groups["cpu"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var cpu) ? cpu : -1;

    private static long ValueOf(Match number) =>
        long.TryParse((number.Groups["before"].Success ? number.Groups["before"] : number.Groups["after"]).Value
            .Replace(",", "", StringComparison.Ordinal).Replace(".", "", StringComparison.Ordinal), NumberStyles.None, CultureInfo.InvariantCulture,
            out var events) ? events : 0;

    private const RegexOptions Fast = RegexOptions.IgnoreCase | RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    [GeneratedRegex(@"(cpu *[:#=]? *|^\W*\[)0*(?<cpu>\d{1,5})\b", Fast)]
    private static partial Regex Cpu();

    [GeneratedRegex(@"^\W*cpu *[:#=]? *\d{1,5} *:? *\[.*\]\W*$", Fast)]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"^\W*cpu *[:#=]? *\d{1,5} +\[subbuffer start\]", Fast)]
    private static partial Regex Page();

    [GeneratedRegex(@"^\W*(\.{2,}|\u2026|(:\W*){3,}|[\[(<{8-][\W8-]*(snip(ped)?|cut|skip(ped)?|omitted|trimmed|removed)\b[^:=]*)\W*$", Fast)]
    private static partial Regex Elision();

    [GeneratedRegex(@"\blost +\d[\d.,]* ?%", Fast)]
    private static partial Regex Share();

    [GeneratedRegex(@"^\W*cpu *[:#=]? *\d{1,5} +buffer started\W*$", Fast)]
    private static partial Regex Started();

    // "12 events lost", "12 EVENTS DROPPED", "12 dropped events"; "lost 12 events", "Events Lost: 12", "overrun: 12".
    [GeneratedRegex(@"(?<before>\d[\d.,]*) +((trace )?(events?|records?|samples?|entries|buffers?|chunks?) +((were|was|have been) +)?"
        + @"(lost|dropped|overwritten|discarded|missed)|(lost|dropped|missed|overwritten) +(events?|records?|samples?|entries|buffers?|chunks?))\b"
        + @"|\b(lost|dropped|missed|overwritten|discarded)( +(events?|records?|samples?|entries|buffers?|chunks?))? *[:=]? *(?<after>\d[\d.,]*)"
        + @"|\boverrun *[:=] *(?<after>\d[\d.,]*)", Fast)]
    private static partial Regex Number();

    [GeneratedRegex(@"\b(events?|records?|samples?|entries|buffers?|chunks?)\W+((were|was|have been) +)?(lost|dropped|discarded|missed)\b"
        + @"|\b(lost|dropped|discarded|missed)\W+(some +)?(events?|records?|samples?|entries|buffers?|chunks?)\b", Fast)]
    private static partial Regex Unnumbered();

    [GeneratedRegex(@"overrun *[:=]|dropped events *[:=]|events lost *[:=]|buffers lost *[:=]|processed \d", Fast)]
    private static partial Regex Statistics();
}
