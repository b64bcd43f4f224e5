namespace Pcie.DriverModel.Framework;

/// <summary>WDF_DEVICE_FAILED_ACTION: what becomes of a device whose driver has given it up.</summary>
public enum DeviceFailedAction
{
    /// <summary>WdfDeviceFailedAttemptRestart: it is taken down, looked for on the bus, and started again if it is there.</summary>
    AttemptRestart,

    /// <summary>WdfDeviceFailedNoRestart: it is taken down.</summary>
    NoRestart,
}
