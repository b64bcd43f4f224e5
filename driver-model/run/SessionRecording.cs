using Pcie.DriverModel.Scenario;
using Pcie.Link.Recording;

namespace Pcie.DriverModel.Run;

/// <summary>What the recording of a run's session says at its head.</summary>
public static class SessionRecording
{
    /// <summary>Who this host says it is, to the device and in a recording.</summary>
    public static string HostName => $"driver-model on {Environment.MachineName}";

    /// <param name="device">Who the device says it is.</param>
    /// <param name="payloadKept">As <see cref="SessionHead.PayloadKept"/>.</param>
    public static SessionHead HeadOf(HostScenario scenario, (string Name, ushort VendorId, ushort DeviceId) device, int payloadKept) =>
        new(scenario.Run.Pacing, scenario.Run.LinkLatency)
        {
            HostName = HostName,
            DeviceName = device.Name,
            VendorId = device.VendorId,
            DeviceId = device.DeviceId,
            Note = $"{scenario.Run.Name}, seed {scenario.Run.Seed}",
            PayloadKept = payloadKept,
        };
}
