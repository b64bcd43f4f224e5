using System.Numerics;
using System.Runtime.CompilerServices;
using NLog;

namespace Pcie.Logging;

/// <summary>
/// Keeps a log finite, whatever the other side does again and again: of what has a counter, the first few are logged at the level they deserve and
/// then every doubling; the others at Debug, for who asks for it.
/// </summary>
public static class Repeated
{
    /// <summary>How many are logged before only doublings are.</summary>
    public const ulong First = 8;

    /// <param name="level">What it deserves.</param>
    /// <param name="count">How often it has happened, this time included.</param>
    public static LogLevel At(LogLevel level, ulong count) => count <= First || BitOperations.IsPow2(count) ? level : LogLevel.Debug;

    /// <summary>Logs what may happen again and again. Nothing of the message is evaluated unless it is logged.</summary>
    /// <param name="level">What it deserves.</param>
    /// <param name="count">How often it has happened, this time included.</param>
    public static void Repeatedly(this Logger log, LogLevel level, ulong count,
        [InterpolatedStringHandlerArgument(nameof(log), nameof(level), nameof(count))] ref RepeatedMessage message)
    {
        if (message.IsLogged) log.Log(At(level, count), message.ToStringAndClear());
    }
}
