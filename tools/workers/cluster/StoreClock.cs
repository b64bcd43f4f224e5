namespace Pcie.Workers.Cluster;

/// <summary>
/// This machine's clock, set by the store's: workers write into the store when they were last alive, which others compare with now.
/// </summary>
/// <param name="ahead">By how much the store's clock is ahead of this machine's.</param>
internal sealed class StoreClock(TimeSpan ahead) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + ahead;
}
