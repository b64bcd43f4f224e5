namespace Pcie.Link.Wire;

public sealed partial class HostMessage : ILinkMessage;

public sealed partial class DeviceMessage : ILinkMessage;
