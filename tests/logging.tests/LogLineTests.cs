using NLog;
using NLog.Targets;

namespace Pcie.Logging.Tests;

public sealed class LogLineTests
{
    [Fact]
    public void AMessageIsOneLineWhateverAPeerHasPutIntoIt()
    {
        var line = LineOf("The host is gone: {0}", "bye\n17:00:00.000 FATAL Pcie.Card: The card is on fire \x1b[31m\u202e");

        Assert.EndsWith(@"WARN  Pcie.Link: The host is gone: bye\u000a17:00:00.000 FATAL Pcie.Card: The card is on fire \u001b[31m\u202e", line,
            StringComparison.Ordinal);
        Assert.DoesNotContain(line, char.IsControl);
        // With its date, to the console as to a file.
        Assert.Matches(@"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} WARN  ", line);
    }

    [Fact]
    public void AMessageOfMegabytesIsCutAndSaysByHowMuch()
    {
        var line = LineOf("{0}", new string('x', 8_300_000));

        Assert.InRange(line.Length, 2_000, 2_200);
        Assert.EndsWith("x… (8,298,000 characters more)", line, StringComparison.Ordinal);
    }

    [Fact]
    public void AnExceptionKeepsTheLinesOfItsStack()
    {
        Exception thrown;
        try
        {
            throw new InvalidOperationException("a defect \x1b[31m");
        }
        catch (InvalidOperationException e)
        {
            thrown = e;
        }

        var lines = LogLine.Of(LogEventInfo.Create(LogLevel.Error, "Pcie", thrown, null, "It failed")).ReplaceLineEndings("\n").Split('\n');

        Assert.EndsWith(@"It failed System.InvalidOperationException: a defect \u001b[31m", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("    at ", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void WhatALibraryComplainsOfAgainAndAgainIsLoggedAtDoublingsOnly()
    {
        using var factory = new LogFactory { Configuration = ProgramLog.ConfigurationOf(LogOptions.Parse("info", [], null)) };
        var memory = new MemoryTarget("memory") { Layout = "${message}" };
        foreach (var rule in factory.Configuration!.LoggingRules.Where(rule => rule.Targets.Count > 0))
        {
            rule.Targets.Clear();
            rule.Targets.Add(memory);
        }
        factory.ReconfigExistingLoggers();

        var (library, own) = (factory.GetLogger("Microsoft.AspNetCore.Server.Kestrel.Http2"), factory.GetLogger("Pcie.Link"));
        for (var i = 0; i < 1_000; i++) library.Fatal("Connection {0} exceeded the output operations maximum queue size", i);
        for (var i = 0; i < 20; i++) own.Warn("ours");

        Assert.Equal(8 + 6, memory.Logs.Count(line => line.Contains("exceeded", StringComparison.Ordinal)));
        Assert.Equal(20, memory.Logs.Count(line => line == "ours"));
        Assert.Contains("(512 times by now) Connection 511 exceeded the output operations maximum queue size", memory.Logs);
    }

    [Fact]
    public void ALogFileThatCannotBeWrittenIsRefusedAtOnce()
    {
        var refused = Assert.Throws<IOException>(() => ProgramLog.Configure(LogOptions.Parse("info", [], Path.GetTempPath())));
        Assert.StartsWith($"--log-file {Path.GetTempPath()}: it cannot be written: ", refused.Message, StringComparison.Ordinal);
        if (File.Exists("/dev/full")) Assert.Throws<IOException>(() => ProgramLog.Configure(LogOptions.Parse("info", [], "/dev/full")));
    }

    [Fact]
    public void ALogOnDiskIsBounded()
    {
        var folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            var options = LogOptions.Parse("info", [], Path.Combine(folder, "a.log"));
            using (var factory = new LogFactory { Configuration = ProgramLog.ConfigurationOf(options) })
            {
                factory.Configuration!.LoggingRules.ToList().ForEach(rule => rule.Targets.Remove(factory.Configuration.FindTargetByName("console")!));
                factory.ReconfigExistingLoggers();
                var log = factory.GetLogger("Pcie.Link");
                var text = new string('x', 1_900);
                for (var i = 0; i < 60_000; i++) log.Info(text);
            }
            Assert.InRange(new DirectoryInfo(folder).GetFiles().Sum(file => file.Length), 16 << 20, 70 << 20);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string LineOf(string message, params object[] values) =>
        LogLine.Of(new LogEventInfo(LogLevel.Warn, "Pcie.Link", null, message, values));
}
