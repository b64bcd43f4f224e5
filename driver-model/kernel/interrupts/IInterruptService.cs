namespace Pcie.DriverModel.Kernel.Interrupts;

/// <summary>The code behind an interrupt: KSERVICE_ROUTINE.</summary>
public interface IInterruptService
{
    /// <summary>The ISR, at device IRQL.</summary>
    ValueTask Run();

    /// <summary>The ISR has returned; its processor is about to go on with what it interrupted.</summary>
    void Ended();
}
