namespace Pcie.Link.Grpc.Wire;

public sealed partial class HostMessage : ILinkMessage;

public sealed partial class DeviceMessage : ILinkMessage;
