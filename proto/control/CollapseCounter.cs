using System.Text.Json;

namespace Pcie.Control;

/// <summary>
/// Names of the counters of a <see cref="CollapsePoint"/>: <c>collapse.POINT</c> for the sum, <c>collapse.POINT.NAME</c> by cause, vector or message,
/// such as <c>collapse.cause-bit.DATA_READY</c> or <c>collapse.apic.message-0</c>.
/// </summary>
public static class CollapseCounter
{
    public const string Prefix = "collapse.";

    /// <summary>Names of the points, in their order.</summary>
    public static IReadOnlyList<string> Points { get; } = [.. Enum.GetNames<CollapsePoint>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName)];

    /// <summary>Name of the sum.</summary>
    public static string NameOf(CollapsePoint point) => $"{Prefix}{Points[(int)point]}";

    /// <summary>What became of an event at a place, named as <c>POINT.NAME</c>, to follow a number of them: "while vector 0 was masked …".</summary>
    public static string WordsOf(string path)
    {
        var name = path[(path.IndexOf('.') + 1)..];
        // As in vector-0 and message-0; a cause has a name.
        var thing = name.StartsWith("vector-", StringComparison.Ordinal) || name.StartsWith("message-", StringComparison.Ordinal)
            ? name.Replace('-', ' ') : name;
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

    /// <summary>The point that <c>POINT.NAME</c> begins with; null for none.</summary>
    public static CollapsePoint? PointOf(string path)
    {
        for (var point = 0; point < Points.Count; point++)
            if (path.StartsWith($"{Points[point]}.", StringComparison.Ordinal)) return (CollapsePoint)point;
        return null;
    }
}
