using System.Diagnostics;

namespace Pcie.Qtest;

/// <summary>
/// Looks again and again, before a wait of the system's, which takes longer than QEMU mostly does. In between it lets others run; where these keep the
/// processor, whoever waits in the system gets it back sooner, and looks are left off for a while.
/// </summary>
internal sealed class BriefLooks
{
    private const int Most = 20, LeftOff = 100;

    // So long nobody runs who has only been woken.
    private static readonly long Kept = Stopwatch.Frequency / 2000;

    private int looks, leftOff;

    /// <summary>What is looked for is something else now.</summary>
    public void Begin()
    {
        looks = 0;
        if (leftOff > 0) leftOff--;
    }

    /// <returns>Whether to look again; if not, it is time to wait.</returns>
    public bool Again()
    {
        if (leftOff > 0 || looks == Most) return false;
        looks++;
        var began = Stopwatch.GetTimestamp();
        Thread.Yield();
        if (Stopwatch.GetTimestamp() - began > Kept) leftOff = LeftOff;
        return true;
    }
}
