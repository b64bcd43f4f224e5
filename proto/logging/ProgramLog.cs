using NLog;
using NLog.Config;
using NLog.Layouts;
using NLog.Targets;

namespace Pcie.Logging;

/// <summary>
/// The log of a program: to standard error, because standard output is for what another program reads, and to a file if one is named.
/// </summary>
public static class ProgramLog
{
    private const string Line = "${date:universalTime=true:format=HH\\:mm\\:ss.fff} "
        + "${level:uppercase=true:padding=-5} ${logger}: "
        + "${message}${onexception:inner= ${exception:format=tostring}}";

    // Libraries that say at Info what they do; that is news only to their authors.
    private static readonly string[] Libraries = ["Microsoft", "System", "Grpc"];

    /// <summary>Puts a configuration into force for the whole process.</summary>
    public static void Configure(LogOptions options) => LogManager.Configuration = ConfigurationOf(options);

    /// <summary>Writes out what is buffered. The last thing that a program does.</summary>
    public static void Flush() => LogManager.Shutdown();

    internal static LoggingConfiguration ConfigurationOf(LogOptions options)
    {
        var configuration = new LoggingConfiguration();
        List<Target> targets = [new ConsoleTarget("console") { StdErr = true, Layout = Line }];
        if (options.File is { } file)
            targets.Add(new FileTarget("file")
            {
                FileName = Layout.FromLiteral(Path.GetFullPath(file)), Layout = $"${{shortdate}} {Line}",
            });

        // The longest name first: the first rule that fits a category decides.
        var libraries = Libraries.Where(library => !options.Categories.ContainsKey(library))
            .Select(library => KeyValuePair.Create(library, options.Level > LogLevel.Warn ? options.Level : LogLevel.Warn));
        foreach (var (category, level) in options.Categories.Concat(libraries).OrderByDescending(c => c.Key.Length))
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
            if (level != LogLevel.Off) configuration.LoggingRules.Add(logged);
            // A rule without a target: what is below the level goes no further.
            var dropped = new LoggingRule { LoggerNamePattern = pattern, Final = true };
            dropped.EnableLoggingForLevels(LogLevel.Trace, LogLevel.Fatal);
            configuration.LoggingRules.Add(dropped);
        }
    }
}
