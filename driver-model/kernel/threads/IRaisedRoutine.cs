namespace Pcie.DriverModel.Kernel.Threads;

/// <summary>What a <see cref="RaisedThread"/> does besides taking time.</summary>
public interface IRaisedRoutine
{
    /// <summary>It has raised its IRQL.</summary>
    void Raised();
}
