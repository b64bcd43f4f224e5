namespace Pcie.Link;

/// <summary>Which way a frame goes; some rules of link.proto hold for one way only.</summary>
public enum LinkDirection
{
    HostToDevice,
    DeviceToHost,
}
