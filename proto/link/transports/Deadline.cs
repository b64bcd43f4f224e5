namespace Pcie.Link.Transports;

/// <summary>When a wait ends that begins now.</summary>
/// <param name="timeout">How long from now; negative for a wait without an end.</param>
/// <param name="time">The clock. It may tick at any rate: many machines' does not divide a second into 100 ns.</param>
internal readonly struct Deadline(TimeSpan timeout, TimeProvider time)
{
    private readonly long start = timeout < TimeSpan.Zero ? 0 : time.GetTimestamp();

    public bool IsPast => timeout >= TimeSpan.Zero && time.GetElapsedTime(start) >= timeout;

    /// <summary>What is left; negative for a wait without an end.</summary>
    public TimeSpan Left => timeout < TimeSpan.Zero ? Timeout.InfiniteTimeSpan : Max(timeout - time.GetElapsedTime(start), TimeSpan.Zero);

    /// <summary>Whole milliseconds that are left, as <see cref="Monitor"/> takes them: -1 means for ever.</summary>
    public int Milliseconds => timeout < TimeSpan.Zero
        ? Timeout.Infinite
        : (int)Math.Min(Left.Ticks / TimeSpan.TicksPerMillisecond, int.MaxValue);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
