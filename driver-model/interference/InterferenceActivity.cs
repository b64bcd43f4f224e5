namespace Pcie.DriverModel.Interference;

/// <summary>What a source of interference does each time that it fires.</summary>
internal abstract class InterferenceActivity
{
    /// <summary>Whether it goes on while the processors are stopped, as devices and firmware do.</summary>
    public virtual bool GoesOnWhileStopped => false;

    /// <summary>Called when what was fired begins to run; of an interrupt only, whose ISR may have to wait.</summary>
    public Action? Begun { get; set; }

    public abstract void Fire();
}
