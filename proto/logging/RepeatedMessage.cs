using System.Runtime.CompilerServices;
using NLog;

namespace Pcie.Logging;

/// <summary>The message of <see cref="Repeated.Repeatedly"/>: an interpolated string that is made only if it is logged.</summary>
/// <remarks>Allocates nothing if it is not.</remarks>
[InterpolatedStringHandler]
public ref struct RepeatedMessage
{
    private DefaultInterpolatedStringHandler text;

    public RepeatedMessage(int literalLength, int formattedCount, Logger log, LogLevel level, ulong count, out bool isLogged)
    {
        IsLogged = isLogged = log.IsEnabled(Repeated.At(level, count));
        if (isLogged) text = new DefaultInterpolatedStringHandler(literalLength, formattedCount);
    }

    internal bool IsLogged { get; }

    public void AppendLiteral(string value) => text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => text.AppendFormatted(value, format);

    internal string ToStringAndClear() => text.ToStringAndClear();
}
