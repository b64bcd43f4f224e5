namespace Pcie.Time;

/// <summary>Whoever owns events on a <see cref="Timeline"/>.</summary>
public interface ITimelineTarget
{
    /// <summary>An event of this target is due. <see cref="Timeline.Now"/> is its time.</summary>
    /// <param name="tag">The number the event was created with: tells a target's own events apart.</param>
    void Due(int tag);
}
