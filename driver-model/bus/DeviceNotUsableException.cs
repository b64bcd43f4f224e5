namespace Pcie.DriverModel.Bus;

/// <summary>There is no device that the driver could run; the message says why, for a person.</summary>
public sealed class DeviceNotUsableException(string message) : Exception(message);
