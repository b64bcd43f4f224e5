using NLog;
using NLog.Targets;

namespace Pcie.Logging.Tests;

public sealed class ProgramLogTests
{
    [Theory]
    [InlineData("Pcie.Link", "info", true)]
    [InlineData("Pcie.Link", "debug", false)]
    [InlineData("Pcie.Emulator", "debug", true)]
    [InlineData("Pcie.Emulator.Daq", "debug", true)]
    [InlineData("Pcie.Emulator.Dma", "error", true)]
    [InlineData("Pcie.Emulator.Dma", "warn", false)]
    [InlineData("Pcie.Cardboard", "debug", false)]
    [InlineData("Microsoft.AspNetCore.Hosting", "info", false)]
    [InlineData("Microsoft.AspNetCore.Hosting", "warn", true)]
    [InlineData("Silent", "fatal", false)]
    public void TheLevelOfTheLongestCategoryThatFitsDecides(string logger, string level, bool logged)
    {
        var options = LogOptions.Parse("info", ["Pcie.Emulator=debug", "Pcie.Emulator.Dma=error", "Silent=off"], null);
        using var factory = new LogFactory { Configuration = ProgramLog.ConfigurationOf(options) };

        Assert.Equal(logged, factory.GetLogger(logger).IsEnabled(LogLevel.FromString(level)));
    }

    [Fact]
    public void StandardOutputIsLeftAlone()
    {
        using var factory = new LogFactory { Configuration = ProgramLog.ConfigurationOf(LogOptions.Parse("info", [], "a.log")) };
        var targets = factory.Configuration.LoggingRules.SelectMany(rule => rule.Targets).Distinct().ToArray();

        Assert.Equal("True", targets.OfType<ConsoleTarget>().Single().StdErr!.Render(LogEventInfo.CreateNullEvent()),
            ignoreCase: true);
        Assert.Single(targets.OfType<FileTarget>());
    }

    [Theory]
    [InlineData("loud", "Pcie=info", "'loud' is no log level")]
    [InlineData("info", "Pcie=loud", "'loud' is no log level")]
    [InlineData("info", "Pcie", "expected Category=Level")]
    [InlineData("info", "=info", "expected Category=Level")]
    public void AWordThatIsNotUnderstoodIsRefusedByName(string level, string category, string reason) =>
        Assert.Contains(
            reason, Assert.Throws<FormatException>(() =>
                LogOptions.Parse(level, [category], null)).Message, StringComparison.Ordinal);
}
