namespace Pcie.Trace;

/// <summary>Hands every event to two sinks.</summary>
public sealed class TraceTee : ITraceSink
{
    private readonly ITraceSink first, second;

    private TraceTee(ITraceSink first, ITraceSink second) => (this.first, this.second) = (first, second);

    /// <summary>A sink for those of the two that there are; null if there is none.</summary>
    public static ITraceSink? Of(ITraceSink? first, ITraceSink? second) =>
        first is null ? second : second is null ? first : new TraceTee(first, second);

    public void Record(in TraceEvent e)
    {
        first.Record(e);
        second.Record(e);
    }
}
