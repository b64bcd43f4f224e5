namespace Pcie.Card.Hosting;

/// <summary>How often each <see cref="AttachOutcome"/> came about since the process started. Safe from any thread.</summary>
public sealed class AttachCounters
{
    private readonly long[] counts = new long[Enum.GetValues<AttachOutcome>().Length];

    public long this[AttachOutcome outcome] => Interlocked.Read(ref counts[(int)outcome]);

    internal void Count(AttachOutcome outcome) => Interlocked.Increment(ref counts[(int)outcome]);
}
