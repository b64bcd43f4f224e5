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

    /// <summary>The point that <c>POINT.NAME</c> begins with; null for none.</summary>
    public static CollapsePoint? PointOf(string path)
    {
        for (var point = 0; point < Points.Count; point++)
            if (path.StartsWith($"{Points[point]}.", StringComparison.Ordinal)) return (CollapsePoint)point;
        return null;
    }
}
