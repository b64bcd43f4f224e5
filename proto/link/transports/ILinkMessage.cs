using Pcie.Link.Transports;

namespace Pcie.Link.Transports
{
    /// <summary>
    /// One gRPC message of the link: a <see cref="Frame"/>, read and written by <see cref="FrameCodec"/>; or a hello or detach,
    /// which
    /// are rare and stay with the generated classes.
    /// </summary>
    public interface ILinkMessage;
}

namespace Pcie.Link.Wire
{
    public sealed partial class HostMessage : ILinkMessage;

    public sealed partial class DeviceMessage : ILinkMessage;
}
