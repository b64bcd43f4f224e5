namespace Pcie.DriverModel.Interference;

/// <summary>What a source of interference does each time that it fires.</summary>
internal abstract class InterferenceActivity
{
    /// <summary>Whether it goes on while the processors are stopped, as devices and firmware do.</summary>
    public virtual bool GoesOnWhileStopped => false;

    public abstract void Fire();
}
