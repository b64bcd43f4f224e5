using System.Security.Cryptography;
using Google.Protobuf;
using NLog;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Hello;
using Pcie.Link.Grpc.Wire;
using Pcie.Link.Shm;
using Pcie.Logging;
using Pcie.Pci;

namespace Pcie.Link.Grpc.Device;

/// <summary>A host's session, from its hello to the end of its link, whatever becomes of the calls that carry it.</summary>
/// <param name="nonce">By which its host is known again before it knows the session; empty for a host that has none.</param>
internal sealed class AttachedSession(DeviceAttachment attachment, GrpcDeviceTransport transport, DeviceName device, ByteString nonce)
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link.Attach");

    private readonly TaskCompletionSource<LinkDown> over = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public DeviceAttachment Attachment => attachment;

    public GrpcDeviceTransport Transport => transport;

    /// <summary>Whether the device's hello is on its way, or was; whether it came is another matter.</summary>
    public bool HasBegun { get; set; }

    /// <summary>Whether this is the hello of its host, whose connection was lost before the device's hello came.</summary>
    public bool IsOf(HostHello hello) =>
        nonce.Length > 0 && !transport.HasHeardPeer && CryptographicOperations.FixedTimeEquals(nonce.Span, hello.Nonce.Span);

    /// <summary>Which device the host gets.</summary>
    public DeviceName Device { get; set; } = device;

    /// <summary>Completes when the engine has stopped and the card is free.</summary>
    public Task<LinkDown> Over => over.Task;

    /// <summary>The latest call that carries it; completes when the call ends.</summary>
    public Task LastCall { get; set; } = Task.CompletedTask;

    /// <summary>The device's hello.</summary>
    /// <param name="asked">The host's, which it answers: the lower minor version is in force, and the capabilities of both.</param>
    /// <param name="received">The last frame that this side has.</param>
    public DeviceHello HelloTo(HostHello asked, ulong received)
    {
        var hello = new DeviceHello
        {
            Version = new ProtocolVersion { Major = HelloRules.Major, Minor = Math.Min(HelloRules.Minor, asked.Version.Minor) },
            DeviceName = Device.Name,
            ClockMode = asked.ClockMode,
            Epoch = attachment.Epoch,
            VendorId = Device.VendorId,
            DeviceId = Device.DeviceId,
            Received = received,
        };
        if (transport.Heartbeat is { } heartbeat)
        {
            hello.Capabilities.Add(HeartbeatOptions.Capability);
            hello.KeepAliveMs = (uint)heartbeat.KeepAlive.TotalMilliseconds;
        }
        if (transport.CarriesInterruptLine) hello.Capabilities.Add(SessionFeatures.InterruptLineCapability);
        if (transport.Memory is { } memory)
        {
            hello.Capabilities.Add(SharedMemory.Capability);
            if (asked.Resume is null)
                hello.SharedMemory = new SharedMemoryFile { Path = memory.Name, Key = UnsafeByteOperations.UnsafeWrap(memory.Key) };
        }
        if (transport.Replay is not { } replay) return hello;
        hello.Capabilities.Add(ReplayOptions.Capability);
        hello.GracePeriodMs = (uint)replay.GracePeriod.TotalMilliseconds;
        if (asked.Resume is null) hello.Token = UnsafeByteOperations.UnsafeWrap(replay.Token);
        return hello;
    }

    /// <summary>Runs the card for the host, on a thread of its own, until the link is down.</summary>
    public Task RunEngineAsync(IDeviceEngine engine)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() =>
        {
            var why = "The card stopped; the emulator's log says why.";
            try
            {
                engine.Run(attachment);
            }
            catch (IOException e)
            {
                // A file that the card needs is not what it was.
                why = $"The card stopped: {OthersCode.Describe(e)}";
                Log.Error("In the session of '{0}': {1}", attachment.HostName, why);
            }
            catch (Exception e)
            {
                // A defect of its own ends the session, not the emulator: the next host gets a fresh card.
                Log.Error(e, "The card failed in the session of '{0}'", attachment.HostName);
            }
            transport.Close(new LinkDown(LinkDownReason.PeerGone, why));
            ended.SetResult();
        }) { IsBackground = true, Name = "card" }.Start();
        return ended.Task;
    }

    /// <summary>The card is free.</summary>
    public void SetOver(LinkDown down) => over.SetResult(down);
}
