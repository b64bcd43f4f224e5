using Pcie.DriverModel.Bus;
using Pcie.Time;

namespace Pcie.DriverModel.Nvme;

/// <summary>CAP: what differs from one controller to the next (3.1.1).</summary>
/// <param name="LongestQueue">MQES: entries of a queue at the most.</param>
/// <param name="Timeout">TO: how long it may take to become ready, and not ready.</param>
/// <param name="DoorbellStride">DSTRD: bytes from one doorbell to the next.</param>
internal sealed record NvmeCapabilities(int LongestQueue, Duration Timeout, uint DoorbellStride)
{
    private static readonly Duration TimeoutUnit = Duration.FromMilliseconds(500);

    /// <exception cref="DeviceNotUsableException">What the register says is not that of a controller that this driver can run.</exception>
    public static NvmeCapabilities Of(uint low, uint high, uint version)
    {
        if (version is 0 or uint.MaxValue || (low & 0xFFFF) == 0)
            throw new DeviceNotUsableException($"CAP reads 0x{high:X8}{low:X8} and VS 0x{version:X8}, which no NVM Express controller's do; the "
                + "card that this driver is for is [card] kind = \"nvme\".");
        if ((high & 1 << 5) == 0)
            throw new DeviceNotUsableException($"CAP.CSS in 0x{high:X8}{low:X8} offers no NVM commands, which this driver gives.");
        if ((high >> 16 & 0xF) != 0)
            throw new DeviceNotUsableException($"CAP.MPSMIN in 0x{high:X8}{low:X8} asks for pages of {4 << (int)(high >> 16 & 0xF)} KiB at the "
                + "least; this driver's have 4 KiB.");
        return new NvmeCapabilities((int)(low & 0xFFFF) + 1, TimeoutUnit * Math.Max(1, low >> 24), 4u << (int)(high & 0xF));
    }
}
