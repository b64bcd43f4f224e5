using System.CommandLine;
using System.Globalization;

namespace Pcie.Emu.Commands;

/// <summary><c>--clock-rate</c>: how many ticks a second has of a trace clock that counts.</summary>
internal static class ClockRateOption
{
    private static readonly (string Unit, double Factor)[] Units = [("GHz", 1e9), ("MHz", 1e6), ("kHz", 1e3), ("Hz", 1), ("", 1)];

    public static Option<string?> Create() => new("--clock-rate")
    {
        Description = "Linux, where times are counts: ticks a second of the trace clock, as 2.4GHz of x86-tsc or 100Hz of uptime.", HelpName = "RATE",
    };

    /// <returns>0 if it is not given.</returns>
    /// <exception cref="FormatException">It is no rate.</exception>
    public static double Of(string? text)
    {
        if (text is null) return 0;
        var (unit, factor) = Units.First(unit => text.EndsWith(unit.Unit, StringComparison.OrdinalIgnoreCase));
        return double.TryParse(text.AsSpan(0, text.Length - unit.Length).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
            out var number) && number * factor is >= 1 and <= 1e12 ? number * factor
            : throw new FormatException($"--clock-rate {text}: expected ticks a second, from 1Hz to 1000GHz, as in 2.4GHz.");
    }
}
