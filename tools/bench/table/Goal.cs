using System.Globalization;

namespace Pcie.Bench.Table;

/// <summary>What a figure, or its ratio to its floor, is to reach.</summary>
/// <param name="Text">For a person.</param>
/// <param name="IsMet">Of value, ratio to the floor, and 99th percentile.</param>
internal sealed record Goal(string Text, Func<double, double?, double?, bool> IsMet)
{
    public static Goal RatioAtMost(double most) => new(Number($"≤ {most} ×"), (_, ratio, _) => ratio <= most);

    public static Goal RatioAtLeast(double least) => new(Number($"≥ {least} ×"), (_, ratio, _) => ratio >= least);

    public static Goal AtLeast(double least, string unit) => new(Number($"≥ {least} {unit}"), (value, _, _) => value >= least);

    public static Goal AtMost(double most, string unit) => new(Number($"≤ {most} {unit}"), (value, _, _) => value <= most);

    public Goal And(Goal other) => new($"{Text}, {other.Text}", (value, ratio, tail) => IsMet(value, ratio, tail) && other.IsMet(value, ratio, tail));

    /// <summary>That the 99th percentile is not far from the median.</summary>
    public static Goal TailAtMost(double most) => new(Number($"p99 ≤ {most} × p50"), (value, _, tail) => tail <= most * value);

    private static string Number(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
