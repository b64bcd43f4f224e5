using Pcie.Time;

namespace Pcie.DriverModel.Interference;

/// <summary>What a source of interference does each time that it fires.</summary>
internal abstract class InterferenceActivity
{
    /// <summary>Whether it goes on while the processors are stopped, as devices and firmware do.</summary>
    public virtual bool GoesOnWhileStopped => false;

    /// <summary>Called when the ISR begins that was fired, which may have to wait, with how long it will take.</summary>
    public Action<Duration>? Begun { get; set; }

    /// <param name="isLast">Nothing else happens in the event that runs.</param>
    public abstract void Fire(bool isLast);
}
