using NLog;

namespace Pcie.Logging.Tests;

public sealed class RepeatedTests
{
    [Fact]
    public void TheFirstEightAndThenEveryDoublingKeepTheirLevelAndTheOthersAreForDebugging()
    {
        var kept = Enumerable.Range(1, 100).Where(count => Repeated.At(LogLevel.Warn, (ulong)count) == LogLevel.Warn);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64], kept);
        Assert.Equal(LogLevel.Debug, Repeated.At(LogLevel.Warn, 9));
    }
}
