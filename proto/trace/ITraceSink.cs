namespace Pcie.Trace;

/// <summary>Takes every event of one side, in order. Must not draw random numbers, schedule anything, or otherwise change the run.</summary>
public interface ITraceSink
{
    void Record(in TraceEvent e);
}
