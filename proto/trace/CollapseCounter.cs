using System.Text.Json;

namespace Pcie.Trace;

/// <summary>
/// Names of the counters of a <see cref="CollapsePoint"/>: <c>collapse.POINT</c> for the sum, <c>collapse.POINT.NAME</c> by cause, vector or message,
/// such as <c>collapse.cause-bit.DATA_READY</c> or <c>collapse.apic.message-0</c>.
/// </summary>
public static class CollapseCounter
{
    public const string Prefix = "collapse.";

    /// <summary>Names of the points, in their order.</summary>
    public static IReadOnlyList<string> Points { get; } = [.. Enum.GetNames<CollapsePoint>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    // A cause has a name of its own, where it is known.
    private static readonly string[] Numbered = ["vector-", "message-", "cause-"];

    /// <summary>Name of the sum.</summary>
    public static string NameOf(CollapsePoint point) => $"{Prefix}{Points[(int)point]}";

    /// <summary>What became of an event at a place, named as <c>POINT.NAME</c>, to follow a number of them: "while vector 0 was masked …".</summary>
    public static string WordsOf(string path)
    {
        var name = path[(path.IndexOf('.') + 1)..];
        var thing = Numbered.Any(kind => name.StartsWith(kind, StringComparison.Ordinal)) ? name.Replace('-', ' ') : name;
        return PointOf(path) switch
        {
            CollapsePoint.CauseBit => $"of {thing} while that cause was set already",
            CollapsePoint.Enable => $"of {thing} while that cause was not enabled",
            CollapsePoint.Moderation => $"gathered by the moderation of {thing}",
            CollapsePoint.RearmMask => $"while {thing} had sent its message and waited to be armed again",
            CollapsePoint.VectorActive => $"while another cause of {thing} was set",
            CollapsePoint.PendingBit => $"while {thing} was masked and pending already",
            CollapsePoint.Apic => $"of {thing} while its interrupt was pending at the processor already",
            CollapsePoint.Dpc => $"of {thing} while its DPC was in the queue already",
            _ => $"at {path}",
        };
    }

    /// <summary>What <see cref="TraceKind.InterruptCollapsed"/> says in B: the vector in bits 7..0, above them 1 more than the point.</summary>
    public static long Traced(CollapsePoint point, int vector) => ((long)point + 1) << 8 | (uint)vector;

    /// <summary>A place of such an event as <c>POINT.NAME</c>; null for one that does not say it, as in recordings before.</summary>
    public static string? PathOf(in TraceEvent collapsed)
    {
        var point = (collapsed.B >> 8) - 1;
        if (point < 0 || point >= Points.Count) return null;
        var (kind, number) = (CollapsePoint)point switch
        {
            CollapsePoint.CauseBit or CollapsePoint.Enable => ("cause", collapsed.A),
            CollapsePoint.PendingBit => ("message", collapsed.B & 0xFF),
            _ => ("vector", collapsed.B & 0xFF),
        };
        return $"{Points[(int)point]}.{kind}-{number}";
    }

    /// <summary>A place behind the card, of one of the device's messages, as <c>POINT.message-N</c>.</summary>
    public static string PathOf(CollapsePoint point, TraceSource message) =>
        $"{Points[(int)point]}.message-{message.Name[(message.Name.LastIndexOf(' ') + 1)..]}";

    /// <summary>The point that <c>POINT.NAME</c> begins with; null for none.</summary>
    public static CollapsePoint? PointOf(string path)
    {
        for (var point = 0; point < Points.Count; point++)
            if (path.StartsWith($"{Points[point]}.", StringComparison.Ordinal)) return (CollapsePoint)point;
        return null;
    }
}
