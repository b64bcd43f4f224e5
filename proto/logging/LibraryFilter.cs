using System.Collections.Concurrent;
using NLog;
using NLog.Filters;

namespace Pcie.Logging;

/// <summary>
/// Keeps what libraries log finite, as <see cref="Repeated"/> does for us: whoever makes a server complain, makes it complain as often as he likes.
/// Of each category and level the first few are logged, and then every doubling with its count.
/// </summary>
internal static class LibraryFilter
{
    public static Filter Create()
    {
        var counts = new ConcurrentDictionary<(string, LogLevel), ulong>();
        return new WhenMethodFilter(e =>
        {
            var count = counts.AddOrUpdate((e.LoggerName, e.Level), 1, (_, before) => before + 1);
            if (Repeated.At(e.Level, count) != e.Level) return FilterResult.IgnoreFinal;
            if (count > Repeated.First) e.Message = $"({count:#,0} times by now) {e.FormattedMessage}";
            return FilterResult.Log;
        });
    }
}
