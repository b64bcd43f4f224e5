using Pcie.Foreign;
using Pcie.Link;

namespace Pcie.Attach;

/// <summary>A device that a host is attached to.</summary>
/// <param name="Transport">The host's end. Disposing of it ends the session.</param>
/// <param name="Name">What the device calls itself, for a person.</param>
/// <param name="VendorId">Configuration space offset 0x00.</param>
/// <param name="DeviceId">Configuration space offset 0x02.</param>
public sealed record AttachedDevice(ILinkTransport Transport, string Name, ushort VendorId, ushort DeviceId)
{
    /// <summary>Messages that it has sent, if it is a device of others, of which nobody else counts them; else null.</summary>
    public long? Messages => (Transport as ForeignLink)?.Messages;
}
