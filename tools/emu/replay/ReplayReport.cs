using System.Globalization;
using System.Text;
using Pcie.Emu.Listing;
using Pcie.Link.Recording;
using Pcie.Time;

namespace Pcie.Emu.Replay;

/// <summary>What a replay came to.</summary>
public sealed record ReplayReport
{
    public required SessionSummary Recorded { get; init; }

    /// <summary>TLPs of the host that were sent.</summary>
    public required long Played { get; init; }

    /// <summary>TLPs of the device that are as in the recording.</summary>
    public required long Alike { get; init; }

    /// <summary>How far it came, in the session's time.</summary>
    public required SimTime Ended { get; init; }

    public required bool Cancelled { get; init; }

    /// <summary>Whether it ended because there were as many differences as were asked for.</summary>
    public required bool Stopped { get; init; }

    public required IReadOnlyList<Difference> Differences { get; init; }

    /// <summary>Whether the device did as the recorded one.</summary>
    public bool Passed => Differences.Count == 0 && !Cancelled;

    /// <param name="against">Which device it was played against, for a person.</param>
    public string ToText(string against)
    {
        var culture = CultureInfo.InvariantCulture;
        var text = new StringBuilder();
        text.Append(culture, $"recording   {SessionText.Of(Recorded.Head)}\nagainst     {against}\n");
        for (var i = 0; i < Differences.Count; i++)
        {
            var difference = Differences[i];
            text.Append(culture, $"\nDIFFERENCE  {i + 1}: {difference.Summary}\n");
            foreach (var line in difference.Before) text.Append(culture, $"  before    {line}\n");
            if (difference.Lines.Expected is { } expected) text.Append(culture, $"  expected  {expected}\n");
            if (difference.Lines.Seen is { } seen) text.Append(culture, $"  seen      {seen}\n");
            foreach (var field in difference.Fields) text.Append(culture, $"    {field.Name}: expected {field.Expected}, seen {field.Seen}\n");
        }
        text.Append(culture, $"\nreplayed    {Played:#,0} of {Recorded.Requests:#,0} TLPs of the host, to {Ended}\n");
        text.Append(culture, $"compared    {Alike:#,0} of {Recorded.Speech:#,0} TLPs of the device are as recorded; ");
        text.Append(Cancelled ? "interrupted" : Differences.Count == 0 ? "no difference"
            : string.Create(culture, $"{Differences.Count:#,0} difference{(Differences.Count == 1 ? "" : "s")}"));
        if (Stopped) text.Append(", and stopped there");
        return text.ToString();
    }
}
