using Pcie.Link;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Sessions;
using Pcie.Qtest;
using Pcie.Time;
using Pcie.Vfio;

namespace Pcie.Attach;

/// <summary>Attaches a host, whatever is at the other end of the link: the one place that knows every scheme.</summary>
public static class HostAttachment
{
    /// <summary>Whether a device goes by the wall clock alone, as far as it can be told before one is attached.</summary>
    public static bool IsByWallClock(LinkUri uri) => uri.IsByWallClock || uri.Scheme == LinkScheme.Qtest && QtestLink.IsByWallClock;

    /// <summary>Attaches; a device of others is one as after power-on each time.</summary>
    /// <param name="twoThreads">Whether the host sends on one thread and receives on another.</param>
    /// <exception cref="LinkRefusedException">The device would not be attached.</exception>
    /// <exception cref="IOException">A device of others cannot be had; the text says what to do.</exception>
    /// <exception cref="TimeoutException">No device answered in time.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static async Task<AttachedDevice> AttachAsync(LinkUri uri, ConnectOptions options, bool twoThreads, CancellationToken cancellation)
    {
        if (uri.Scheme == LinkScheme.Qtest)
        {
            var latency = options.Pacing == Pacing.FreeRunning ? options.Latency : LatencyRange.Default;
            var link = QtestLink.Open(uri.Device, new LinkSessionOptions(options.Pacing, latency, options.TimeScale), twoThreads);
            return new AttachedDevice(link, link.Name, link.Id.Vendor, link.Id.Device);
        }
        if (uri.Scheme == LinkScheme.Vfio)
        {
            if (twoThreads)
                throw new IOException($"{uri}: a host's own thread leads a function of its machine, so that it is the host's only card, and nothing "
                    + "stands between the two; record the run itself (--record).");
            var link = VfioLink.Open(uri.Device, new LinkSessionOptions(options.Pacing, LatencyRange.Default, options.TimeScale));
            return new AttachedDevice(link, link.Name, link.Id.Vendor, link.Id.Device);
        }
        var transport = await HostConnector.ConnectAsync(uri, options, cancellation).ConfigureAwait(false);
        var hello = transport.Device;
        return new AttachedDevice(transport, hello.DeviceName, (ushort)hello.VendorId, (ushort)hello.DeviceId);
    }
}
