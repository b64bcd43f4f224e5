namespace Pcie.Link.Grpc.Device;

/// <summary>Runs the card for one host after the other.</summary>
public interface IDeviceEngine
{
    /// <summary>What the card is to the bus; the same for all sessions.</summary>
    DeviceName Device { get; }

    /// <summary>Says to a host that is about to attach which device it gets. An engine that has the device elsewhere attaches to it here.</summary>
    /// <exception cref="Pcie.Link.LinkRefusedException">The device would not be attached; the host is told its words.</exception>
    Task<DeviceName> GreetAsync(DeviceAttachment attachment, CancellationToken cancellation) => Task.FromResult(Device);

    /// <summary>
    /// Runs a session, with a card fresh from power-on, on a thread of its own. Returns when the attachment's link is down; the
    /// card is free for another host then.
    /// </summary>
    void Run(DeviceAttachment attachment);
}
