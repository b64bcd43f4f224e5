using Pcie.Diagnosis.Machine;
using Pcie.Time;

namespace Pcie.Diagnosis.Attribution;

/// <summary>
/// Finds the times in which no processor of a recording recorded anything, and which are longer than is usual in it: firmware (SMI), a hypervisor
/// or a debugger stops all processors at once, and leaves no other sign. Linux's osnoise tells hardware noise so.
/// </summary>
/// <remarks>
/// What is usual is taken from the recording: of each tenth of a second the longest silence, and of these the median. Memory: the longest silences,
/// some ten thousand.
/// </remarks>
internal sealed class Silences
{
    /// <summary>What the share is called.</summary>
    public const string Name = "every processor at once";

    private const long Window = 100_000_000;
    private const int FewestWindows = 10;
    private const int UnusualTimes = 3;
    private const int Most = 1 << 14;

    // By time; none overlap. Between them and in them is what shorter ones left.
    private readonly List<(long From, long To)> found = [];
    private readonly List<long> longest = [];
    private long last = -1, shortest = 100_000, window = -1, longestOfWindow;

    public void Add(in Interval interval)
    {
        // An interval is told when it has ended: its beginning may lie in what was silent until now.
        if (interval.Begin.Nanoseconds < last) Split(interval.Begin.Nanoseconds);
        else Add(interval.Begin);
        Add(interval.End);
    }

    public void Add(SimTime at)
    {
        var now = at.Nanoseconds;
        if (now < last)
        {
            Split(now);
            return;
        }
        if (last >= 0) Count(last, now);
        if (last >= 0 && now - last >= shortest) Keep(last, now);
        last = now;
    }

    /// <summary>Events are missing here: what is silent may not have been.</summary>
    public void Forget() => last = -1;

    /// <summary>Those that are several times as long as is usual; none if the recording is too short to tell.</summary>
    public IReadOnlyList<(SimTime From, SimTime To)> Unusual()
    {
        if (longest.Count < FewestWindows) return [];
        var usual = longest.Order().ElementAt(longest.Count / 2);
        return [.. found.Where(silence => silence.To - silence.From >= UnusualTimes * usual)
            .Select(silence => (new SimTime(silence.From), new SimTime(silence.To)))];
    }

    private void Keep(long from, long to)
    {
        if (found.Count == Most)
        {
            // The shorter half is not unusual.
            shortest = found.Select(silence => silence.To - silence.From).Order().ElementAt(Most / 2) + 1;
            found.RemoveAll(silence => silence.To - silence.From < shortest);
            if (to - from < shortest) return;
        }
        found.Add((from, to));
    }

    private void Split(long at)
    {
        for (var i = found.Count - 1; i >= 0 && found[i].To > at; i--)
        {
            var (from, to) = found[i];
            if (from >= at) continue;
            found.RemoveAt(i);
            if (to - at >= shortest) found.Insert(i, (at, to));
            if (at - from >= shortest) found.Insert(i, (from, at));
            return;
        }
    }

    // A silence counts for every window that it reaches into; no longer than one.
    private void Count(long from, long to)
    {
        if (window < 0) window = from / Window;
        for (; to / Window > window && longest.Count < 1 << 20; window++)
        {
            longest.Add(Math.Min(Window, Math.Max(longestOfWindow, to - from)));
            longestOfWindow = 0;
        }
        longestOfWindow = Math.Max(longestOfWindow, to - from);
    }
}
