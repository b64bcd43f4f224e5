using NLog;
using NLog.Config;
using NLog.Targets;

namespace Pcie.Logging.Tests;

public sealed class RepeatedTests : IDisposable
{
    private readonly MemoryTarget target = new() { Layout = "${level} ${message}" };
    private readonly LogFactory factory;
    private int evaluated;

    public RepeatedTests()
    {
        var configuration = new LoggingConfiguration();
        configuration.AddRule(LogLevel.Info, LogLevel.Fatal, target);
        factory = new LogFactory { Configuration = configuration };
    }

    [Fact]
    public void TheFirstEightAndThenEveryDoublingKeepTheirLevelAndTheOthersAreForDebugging()
    {
        var kept = Enumerable.Range(1, 100).Where(count => Repeated.At(LogLevel.Warn, (ulong)count) == LogLevel.Warn);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 16, 32, 64], kept);
        Assert.Equal(LogLevel.Debug, Repeated.At(LogLevel.Warn, 9));
    }

    [Fact]
    public void AMessageIsLoggedAsItIsWrittenAndNotEvaluatedUnlessItIsLogged()
    {
        var log = factory.GetLogger("test");
        for (var count = 1u; count <= 16; count++) log.Repeatedly(LogLevel.Warn, count, $"0x{Evaluate(count):X3} of {{these}}");

        Assert.Equal(9, evaluated);
        Assert.Equal(["Warn 0x008 of {these}", "Warn 0x010 of {these}"], target.Logs.Skip(7));
    }

    [Fact]
    public void WhatIsNotLoggedAllocatesNothing()
    {
        var log = factory.GetLogger("test");
        Log(1000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Log(1000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Log(int times)
        {
            for (var i = 0; i < times; i++) log.Repeatedly(LogLevel.Warn, 9, $"{i} of {times}: {log}");
        }
    }

    public void Dispose() => factory.Dispose();

    private uint Evaluate(uint count)
    {
        evaluated++;
        return count;
    }
}
