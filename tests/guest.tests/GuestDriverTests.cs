namespace Pcie.Guest.Tests;

/// <summary>As <see cref="GuestTests"/>, with drivers that nobody here wrote, and with the driver model itself in the guest.</summary>
public sealed class GuestDriverTests
{
    [Theory]
    [InlineData("nvme", "MiB written and read back")]
    [InlineData("endpoint-test", "117 cases")]
    [InlineData("restart", "2 boots")]
    [InlineData("vfio", "register reads of the ISR")]
    [InlineData("vfio-check", "17 passed, 0 failed, 12 not applicable")]
    public Task DriversOfTheKernelsAndTheDriverModelDriveWhatIsThere(string test, string figure) => PreparedGuest.PassesAsync(test, figure);
}
