using System.Globalization;
using System.Runtime.CompilerServices;

namespace Pcie.Time;

/// <summary>An instant of simulated time: nanoseconds since the run began, as <see cref="long"/> (292 years).</summary>
/// <param name="Nanoseconds">Nanoseconds since the start of the run; never negative in a run.</param>
public readonly record struct SimTime(long Nanoseconds) : IComparable<SimTime>
{
    /// <summary>The instant a run begins.</summary>
    public static readonly SimTime Zero;

    /// <summary>Later than everything: what an event that is not scheduled is due at.</summary>
    public static readonly SimTime Never = new(long.MaxValue);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static SimTime operator +(SimTime t, Duration d) =>
        t == Never || d.Nanoseconds >= long.MaxValue - t.Nanoseconds ? Never : new(t.Nanoseconds + d.Nanoseconds);

    public static SimTime operator -(SimTime t, Duration d) => t == Never ? Never : new(t.Nanoseconds - d.Nanoseconds);
    public static Duration operator -(SimTime a, SimTime b) => new(a.Nanoseconds - b.Nanoseconds);
    public static bool operator <(SimTime a, SimTime b) => a.Nanoseconds < b.Nanoseconds;
    public static bool operator >(SimTime a, SimTime b) => a.Nanoseconds > b.Nanoseconds;
    public static bool operator <=(SimTime a, SimTime b) => a.Nanoseconds <= b.Nanoseconds;
    public static bool operator >=(SimTime a, SimTime b) => a.Nanoseconds >= b.Nanoseconds;

    public static SimTime Min(SimTime a, SimTime b) => a < b ? a : b;
    public static SimTime Max(SimTime a, SimTime b) => a < b ? b : a;

    public int CompareTo(SimTime other) => Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>The time as a clock shows it, to the nanosecond: <c>13:22:07.418003120</c>; days are prefixed as <c>1d</c>.</summary>
    public override string ToString()
    {
        if (this == Never) return "never";
        var (days, inDay) = long.DivRem(Nanoseconds, 86_400_000_000_000);
        var (seconds, ns) = long.DivRem(inDay, 1_000_000_000);
        var clock = string.Create(CultureInfo.InvariantCulture,
            $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}.{ns:000000000}");
        return days == 0 ? clock : $"{days}d {clock}";
    }
}
