using System.CommandLine;

namespace Pcie.Emu.Commands;

/// <summary><c>--precision</c>: how small a rate of losses is to be told from none.</summary>
internal static class PrecisionOption
{
    private const double Least = 1e-9, Most = 1e9;

    public static Option<double> Create() => new("--precision")
    {
        Description = "Losses a day that are to be told from none, where rare things are made to occur often.", HelpName = "RATE",
        DefaultValueFactory = _ => 0.01,
    };

    /// <exception cref="FormatException">It is no rate.</exception>
    public static double Of(ParseResult parsed, Option<double> option) => parsed.GetValue(option) is >= Least and <= Most and var rate ? rate
        : throw new FormatException($"--precision {parsed.GetValue(option)}: expected losses a day, {Least} to {Most}.");
}
