namespace Pcie.Diagnosis.Machine;

/// <summary>
/// Takes what a machine did, wherever it was recorded. Importers and our own traces speak into it; attribution, calibration and pictures
/// listen.
/// </summary>
/// <remarks>
/// Each processor's intervals come in the order in which they ended, and its instants among them in the order of time: when an interval is
/// told, everything of that processor before its end has been told. Between processors the order is loose.
/// </remarks>
public interface IMachineSink
{
    /// <summary>The number for a name, the same for the same name: an image and function, a softirq's or an interrupt's name.</summary>
    int Source(string name);

    void Add(in Interval interval);

    void Add(in Instant instant);

    /// <summary>
    /// A run has begun whose end is not in the recording: how long it took is unknown, that it began is not. <see cref="Interval.End"/> is when that
    /// was found out.
    /// </summary>
    void Cut(in Interval run)
    {
    }

    /// <summary>The recording says that it is not complete: no verdict may rest on what is missing.</summary>
    /// <param name="events">How many are missing, as the recording tells; 0 if it does not say how many.</param>
    /// <param name="what">For a person: what is missing, and what to do to capture it.</param>
    void Lost(long events, string what);

    /// <summary>The same, and it is known where: of one processor, between what was told of it before and what will be told next.</summary>
    void LostAt(ushort processor, long events, string what) => Lost(events, what);

    /// <summary>
    /// Of one processor, what follows is not connected with what came before: something was left out in between, on purpose.
    /// </summary>
    void Break(ushort processor)
    {
    }

    /// <summary>
    /// What follows is not connected with what came before: the recorder left out what lies between, and kept what belongs together whole.
    /// </summary>
    void Gap()
    {
    }
}
