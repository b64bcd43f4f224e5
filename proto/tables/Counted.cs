using System.Globalization;

namespace Pcie.Tables;

/// <summary>A number with what it counts: "1 wait", "2 waits".</summary>
public static class Counted
{
    /// <param name="plural">With an s unless given.</param>
    public static string Of(long number, string one, string? plural = null) =>
        string.Create(CultureInfo.InvariantCulture, $"{number:#,0} {(number == 1 ? one : plural ?? one + "s")}");
}
