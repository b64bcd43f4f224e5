namespace Pcie.DriverModel.Study;

/// <summary>What a device says of itself, when it is asked whether the end of a run has to wait for it.</summary>
/// <param name="HasMore">Something lies in it, or will, that it still has to send.</param>
/// <param name="WillEnd">Its source has an end, and has not come to it.</param>
public readonly record struct DeviceActivity(bool HasMore, bool WillEnd);
