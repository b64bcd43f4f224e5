using NLog;
using NLog.Common;
using NLog.Config;
using NLog.Layouts;
using NLog.Targets;
using Pcie.Files;

namespace Pcie.Logging;

/// <summary>
/// The log of a program: to standard error, because standard output is for what another program reads, and to a file if one is named.
/// </summary>
public static class ProgramLog
{
    private const long LargestFile = 16 << 20;
    private const int EarlierFiles = 3;

    // Libraries that say at Info what they do; that is news only to their authors.
    private static readonly string[] Libraries = ["Microsoft", "System", "Grpc"];

    /// <summary>Puts a configuration into force for the whole process.</summary>
    /// <exception cref="IOException">The log file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The log file may not be written.</exception>
    public static void Configure(LogOptions options)
    {
        if (options.File is { } file) CheckWritable(file);
        LogManager.Configuration = ConfigurationOf(options);
        InternalLogger.LogLevel = LogLevel.Error;
        InternalLogger.InternalEventOccurred += SayOnce;
    }

    // A folder and a device that is full take no line; that is said before anything is done.
    private static void CheckWritable(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            if (stream.CanSeek && stream.Length > 0) return;
            stream.Write("\n"u8);
            if (stream.CanSeek) stream.SetLength(0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"--log-file {file}: it cannot be written: {e.Message}", e);
        }
    }

    // A disk may be full later.
    private static void SayOnce(object? sender, InternalLogEventArgs e)
    {
        InternalLogger.InternalEventOccurred -= SayOnce;
        Console.Error.WriteLine($"The log cannot be written any more, and is incomplete: {PrintableText.Of(e.Exception?.Message ?? e.Message)}");
    }

    /// <summary>Writes out what is buffered. The last thing that a program does.</summary>
    public static void Flush() => LogManager.Shutdown();

    // Whoever starts a server says, once, what keeps it from starting.
    private static IEnumerable<KeyValuePair<string, LogLevel>> Silent(LogOptions options) =>
        options.Categories.Keys.Any(category => category.StartsWith("Microsoft", StringComparison.Ordinal)) ? []
            : [KeyValuePair.Create("Microsoft.Extensions.Hosting", LogLevel.Off)];

    internal static LoggingConfiguration ConfigurationOf(LogOptions options)
    {
        var configuration = new LoggingConfiguration();
        var layout = options.Format == LogFormat.Json ? JsonLine.Create() : Layout.FromMethod(e => LogLine.Of(e));
        List<Target> targets = [new ConsoleTarget("console") { StdErr = true, Layout = layout }];
        if (options.File is { } file)
            targets.Add(new FileTarget("file")
            {
                FileName = Layout.FromLiteral(Path.GetFullPath(file)), Layout = layout,
                ArchiveAboveSize = LargestFile, MaxArchiveFiles = EarlierFiles,
            });

        var repeated = LibraryFilter.Create();
        // The longest name first: the first rule that fits a category decides.
        var libraries = Libraries.Where(library => !options.Categories.ContainsKey(library))
            .Select(library => KeyValuePair.Create(library, options.Level > LogLevel.Warn ? options.Level : LogLevel.Warn));
        foreach (var (category, level) in options.Categories.Concat(libraries).Concat(Silent(options)).OrderByDescending(c => c.Key.Length))
        {
            Add(category, level);
            Add($"{category}.*", level);
        }
        Add("*", options.Level);
        return configuration;

        void Add(string pattern, LogLevel level)
        {
            var logged = new LoggingRule { LoggerNamePattern = pattern, Final = true };
            logged.EnableLoggingForLevels(level, LogLevel.Fatal);
            foreach (var target in targets) logged.Targets.Add(target);
            if (Libraries.Any(library => pattern.StartsWith(library, StringComparison.Ordinal))) logged.Filters.Add(repeated);
            if (level != LogLevel.Off) configuration.LoggingRules.Add(logged);
            // A rule without a target: what is below the level goes no further.
            var dropped = new LoggingRule { LoggerNamePattern = pattern, Final = true };
            dropped.EnableLoggingForLevels(LogLevel.Trace, LogLevel.Fatal);
            configuration.LoggingRules.Add(dropped);
        }
    }
}
