using System.Diagnostics;
using System.Globalization;

namespace Pcie.Bench.Workers;

/// <summary>
/// What the scheduler counted of a worker's threads, which no neighbour of this machine changes as it changes times: Linux, schedstat of proc(5).
/// </summary>
/// <param name="Units">Seconds that its threads of units ran.</param>
/// <param name="Waited">Seconds that they could have run, and had no processor.</param>
/// <param name="Compilers">Seconds that the runtime's compilers ran.</param>
internal sealed record UnitAccount(double Units, double Waited, double Compilers)
{
    private const double Second = 1e9;

    public static UnitAccount Of(Process worker)
    {
        var (units, waited, compilers) = (0.0, 0.0, 0.0);
        foreach (var thread in Directory.EnumerateDirectories($"/proc/{worker.Id}/task"))
        {
            if (Read(thread, "comm") is not { } name || Read(thread, "schedstat")?.Split(' ') is not [var ran, var delayed, ..]) continue;
            if (name.StartsWith("unit ", StringComparison.Ordinal))
            {
                units += Seconds(ran);
                waited += Seconds(delayed);
            }
            else if (name.StartsWith(".NET Tiered", StringComparison.Ordinal)) compilers += Seconds(ran);
        }
        return new UnitAccount(units, waited, compilers);
    }

    public static UnitAccount operator -(UnitAccount later, UnitAccount earlier) =>
        new(later.Units - earlier.Units, later.Waited - earlier.Waited, later.Compilers - earlier.Compilers);

    public static UnitAccount operator +(UnitAccount one, UnitAccount other) =>
        new(one.Units + other.Units, one.Waited + other.Waited, one.Compilers + other.Compilers);

    // A thread may end between being listed and being read.
    private static string? Read(string thread, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(thread, file));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static double Seconds(string nanoseconds) => long.Parse(nanoseconds, CultureInfo.InvariantCulture) / Second;
}
