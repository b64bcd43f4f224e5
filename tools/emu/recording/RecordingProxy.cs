using Pcie.Attach;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Grpc.Host;
using Pcie.Link.Recording;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emu.Recording;

/// <summary>
/// A device to the host and a host to the device, which hands each frame on and records what is in it:
/// <code>
/// host ── AttachService ── this ── host's transport ── device
///                           └── file
/// </code>
/// Neither knows more of the other than the protocol says, so that any two that speak it can be recorded. One session; others are refused.
/// </summary>
/// <param name="device">Where the device is.</param>
/// <param name="connect">How to attach to it; host name, pacing, latency and pool are the session's.</param>
/// <param name="begin">Begins the recording once both are attached.</param>
internal sealed class RecordingProxy(LinkUri device, ConnectOptions connect, FramePool pool, Func<SessionHead, SessionWriter> begin) : IDeviceEngine
{
    private readonly TaskCompletionSource<LinkDown> recorded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private AttachedDevice? attached;

    /// <inheritdoc/>
    /// <remarks>Until the device has said who it is.</remarks>
    public DeviceName Device { get; } = new("a device that is being recorded", 0, 0);

    /// <summary>Whether a session has begun.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Completes when the session is over and its recording whole, with how it ended.</summary>
    public Task<LinkDown> Recorded => recorded.Task;

    /// <inheritdoc/>
    public async Task<DeviceName> GreetAsync(DeviceAttachment attachment, CancellationToken cancellation)
    {
        if (recorded.Task.IsCompleted) throw new LinkRefusedException("The session is recorded, and this recorder about to end.");
        attached = await HostAttachment.AttachAsync(device,
            connect with
            {
                HostName = attachment.HostName, Pacing = attachment.Pacing, Latency = attachment.Latency, Pool = pool,
                InterruptLine = attachment.Transport.CarriesInterruptLine,
            }, twoThreads: true, cancellation);
        return new DeviceName(attached.Name, attached.VendorId, attached.DeviceId);
    }

    /// <inheritdoc/>
    public void Run(DeviceAttachment attachment)
    {
        // None if the device would not be attached: the host has been told, and may come again.
        if (Interlocked.Exchange(ref attached, null) is not { } target) return;
        HasBegun = true;
        using (target.Transport)
        {
            try
            {
                recorded.TrySetResult(HandOn(attachment, target));
            }
            catch (Exception e)
            {
                // A full disk, for one: whoever waits for the recording says so.
                attachment.Transport.Close(new LinkDown(LinkDownReason.PeerGone, $"The recorder between host and device failed: {e.Message}"));
                recorded.TrySetException(e);
            }
        }
    }

    private LinkDown HandOn(DeviceAttachment attachment, AttachedDevice device)
    {
        using var writer = begin(new SessionHead(attachment.Pacing,
            attachment.Pacing == Pacing.FreeRunning ? attachment.Latency : LatencyRange.Default)
        {
            HostName = attachment.HostName,
            DeviceName = device.Name,
            VendorId = device.VendorId,
            DeviceId = device.DeviceId,
        });
        var (host, target) = (attachment.Transport, device.Transport);
        var recording = new RecordingTransport(target, writer);
        Exception? failure = null;
        var answers = new Thread(() =>
        {
            try
            {
                HandOn(recording, host);
            }
            catch (IOException e)
            {
                failure = e;
            }
            var down = target.Down?.Message ?? failure!.Message;
            host.Close(new LinkDown(LinkDownReason.PeerGone, down));
        }) { IsBackground = true, Name = "device to host" };
        answers.Start();
        try
        {
            HandOn(host, recording);
        }
        finally
        {
            // What the host did, the device is told; also when recording failed.
            target.Close(host.Down ?? new LinkDown(LinkDownReason.PeerGone, "The recorder between host and device failed."));
            answers.Join();
        }
        if (failure is not null) throw failure;
        var ended = target.Down!;
        writer.End(ended);
        return ended;
    }

    private static void HandOn(ILinkTransport from, ILinkTransport to)
    {
        while (true)
        {
            if (from.Receive(Timeout.InfiniteTimeSpan) is { } frame) to.Send(frame);
            else if (from.Down is not null) return;
        }
    }
}
