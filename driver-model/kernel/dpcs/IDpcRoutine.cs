namespace Pcie.DriverModel.Kernel.Dpcs;

/// <summary>The code of a DPC. It waits only for what <see cref="ModelledKernel"/> and the register access give it to wait for.</summary>
public interface IDpcRoutine
{
    ValueTask Run();
}
