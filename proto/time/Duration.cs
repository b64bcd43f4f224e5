using System.Globalization;

namespace Pcie.Time;

/// <summary>A span of simulated time in nanoseconds. A type of its own, so that it is never mistaken for an instant.</summary>
public readonly record struct Duration(long Nanoseconds) : IComparable<Duration>
{
    public static readonly Duration Zero;
    public static readonly Duration Max = new(long.MaxValue);

    public static Duration FromMicroseconds(long us) => new(checked(us * 1_000));
    public static Duration FromMilliseconds(long ms) => new(checked(ms * 1_000_000));
    public static Duration FromSeconds(long s) => new(checked(s * 1_000_000_000));

    public double Seconds => Nanoseconds / 1e9;

    public static Duration operator +(Duration a, Duration b) => new(a.Nanoseconds + b.Nanoseconds);
    public static Duration operator -(Duration a, Duration b) => new(a.Nanoseconds - b.Nanoseconds);
    public static Duration operator *(Duration a, long n) => new(checked(a.Nanoseconds * n));
    public static bool operator <(Duration a, Duration b) => a.Nanoseconds < b.Nanoseconds;
    public static bool operator >(Duration a, Duration b) => a.Nanoseconds > b.Nanoseconds;
    public static bool operator <=(Duration a, Duration b) => a.Nanoseconds <= b.Nanoseconds;
    public static bool operator >=(Duration a, Duration b) => a.Nanoseconds >= b.Nanoseconds;

    public int CompareTo(Duration other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>With the unit that a person would choose: <c>850 ns</c>, <c>4.2 µs</c>, <c>60.3 ms</c>, <c>12.5 s</c>, <c>24 h</c>.</summary>
    public override string ToString() => Math.Abs((double)Nanoseconds) switch
    {
        < 1e3 => Format(1, "ns"),
        < 1e6 => Format(1e3, "µs"),
        < 1e9 => Format(1e6, "ms"),
        < 120e9 => Format(1e9, "s"),
        < 7200e9 => Format(60e9, "min"),
        _ => Format(3600e9, "h"),
    };

    private string Format(double unit, string name) =>
        string.Create(CultureInfo.InvariantCulture, $"{Nanoseconds / unit:0.###} {name}");
}
