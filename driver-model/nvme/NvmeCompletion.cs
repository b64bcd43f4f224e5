namespace Pcie.DriverModel.Nvme;

/// <summary>What an entry of a completion queue says (4.6).</summary>
/// <param name="Identifier">Of the command that is done.</param>
/// <param name="Status">Type and code (4.6.1); 0 for success.</param>
/// <param name="Result">What the command comes to, beside its data.</param>
internal readonly record struct NvmeCompletion(ushort Identifier, int Status, uint Result)
{
    public const int Bytes = 16;

    public bool IsSuccess => Status == 0;
}
