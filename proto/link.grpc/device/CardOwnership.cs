using System.Security.Cryptography;
using Grpc.Core;
using NLog;
using Pcie.Link.DataLinkLayer;
using Pcie.Link.Grpc.Carriers;
using Pcie.Link.Grpc.Hello;
using Pcie.Link.Grpc.Wire;
using Pcie.Link.Shm;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Grpc.Device;

/// <summary>Which host owns the card: one at a time, from its hello to the end of its session.</summary>
internal sealed class CardOwnership(AttachOptions options, AttachRefusals refusals)
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link.Attach");

    private readonly Lock ownerLock = new();
    private AttachedSession? owner;
    private ulong lastEpoch;
    private bool stopped;

    /// <summary>The owner's session; null if nobody owns the card.</summary>
    public AttachedSession? Owner => owner;

    /// <summary>Makes the host of this hello the owner, unless it is already and only does not know.</summary>
    /// <returns>Its session, and whether that is a new one.</returns>
    /// <exception cref="RpcException">Another host owns the card, or nobody may any more.</exception>
    /// <param name="isSameMachine">Whether the host is known to be on this machine, so that memory can be shared.</param>
    public (AttachedSession Session, bool IsNew) Take(HostHello hello, DeviceName device, bool isSameMachine)
    {
        lock (ownerLock)
        {
            if (stopped) throw new RpcException(new Status(StatusCode.Unavailable, "The emulator is shutting down."));
            if (owner?.IsOf(hello) == true) return (KnownAgain(owner), false);
            if (owner is { HasBegun: true, Transport: { HasHeardPeer: false, HasHost: false } }) throw GiveUp(owner);
            if (owner is not null) throw OwnedBy(owner);
            if (options.Claim.Take(hello.HostName) is { } other)
                throw refusals.Refuse(AttachOutcome.RefusedOwned, StatusCode.ResourceExhausted,
                    $"The card is owned by '{other}', a virtual machine. Wait until it ends, or start another emulator.");
            var replay = options.GracePeriod > TimeSpan.Zero && hello.Capabilities.Contains(ReplayOptions.Capability)
                ? new ReplayOptions(options.GracePeriod, RandomNumberGenerator.GetBytes(ReplayOptions.TokenSize))
                : null;
            var heartbeat = hello.Capabilities.Contains(HeartbeatOptions.Capability)
                ? new HeartbeatOptions(options.KeepAlive, TimeSpan.FromMilliseconds(hello.KeepAliveMs))
                : null;
            var memory = isSameMachine && hello.Capabilities.Contains(SharedMemory.Capability) ? MakeMemory() : null;
            var features = new SessionFeatures(replay, heartbeat, memory,
                hello.Capabilities.Contains(SessionFeatures.InterruptLineCapability), hello.Version.Minor >= HelloRules.PulsesSince);
            var transport = new GrpcDeviceTransport(++lastEpoch, options.Pool, features, options.Time);
            var attachment = new DeviceAttachment(lastEpoch, hello.HostName, DateTimeOffset.UtcNow, (Pacing)hello.ClockMode,
                new Duration((long)hello.LatencyNs), transport);
            options.Counters.Count(AttachOutcome.Attached);
            return (owner = new AttachedSession(attachment, transport, device, hello.Nonce), true);
        }
    }

    private static SharedMemory MakeMemory()
    {
        try
        {
            return SharedMemory.Create();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Log.Warn("No memory can be shared: {0}", e.Message);
            throw new RpcException(new Status(StatusCode.FailedPrecondition, $"No memory can be shared: {e.Message} Attach over unix: instead."));
        }
    }

    /// <summary>The owner's session, for a host that comes back to it.</summary>
    /// <exception cref="RpcException">The host is not the owner.</exception>
    public AttachedSession Find(Resume resume)
    {
        lock (ownerLock)
            if (owner is { Transport.Replay.Token: var token } && resume.Epoch == owner.Attachment.Epoch
                && CryptographicOperations.FixedTimeEquals(token.Span, resume.Token.Span)) return owner;
        throw refusals.Refuse(AttachOutcome.RefusedResume, StatusCode.FailedPrecondition,
            $"There is no session of epoch {resume.Epoch} with that token: it is over, or was of another emulator process. Attach afresh.");
    }

    /// <summary>The owner's session has ended, and the card is free.</summary>
    public void Release(DeviceAttachment attachment, LinkDown down)
    {
        lock (ownerLock)
        {
            owner = null;
            options.Claim.Release();
        }
        options.Counters.Count(down.Reason switch
        {
            LinkDownReason.Detached => AttachOutcome.Detached,
            LinkDownReason.ProtocolError => AttachOutcome.ProtocolError,
            _ => AttachOutcome.PeerGone,
        });
        if (down.Reason == LinkDownReason.Detached) Log.Info("'{0}' detached", attachment.HostName);
        else Log.Warn("The session of '{0}' ended: {1}", attachment.HostName, down.Message);
    }

    /// <summary>Takes no more hosts, and ends the session of the owner.</summary>
    public void Stop()
    {
        AttachedSession? last;
        lock (ownerLock)
        {
            stopped = true;
            last = owner;
        }
        last?.Transport.Close(new LinkDown(LinkDownReason.PeerGone, "The emulator is shutting down."));
    }

    // The host cannot know what it has begun: its connection was lost between the hellos.
    private static AttachedSession KnownAgain(AttachedSession begun)
    {
        if (begun is { HasBegun: true, Transport: { Replay: not null, Down: null } }) return begun;
        throw begun.HasBegun ? GiveUp(begun)
            : new RpcException(new Status(StatusCode.Unavailable, "An earlier hello of yours is being answered. Try again."));
    }

    // A host that has said nothing since its hello, and whose connection is lost, may have gone on long ago: nobody waits for it.
    private static RpcException GiveUp(AttachedSession ghost)
    {
        ghost.Transport.Close(new LinkDown(LinkDownReason.PeerGone, "Nothing was heard of the host after its hello."));
        return new RpcException(new Status(StatusCode.Unavailable, "The card is just becoming free. Try again."));
    }

    private RpcException OwnedBy(AttachedSession owned)
    {
        var who = $"The card is owned by '{owned.Attachment.HostName}' since {owned.Attachment.Since:yyyy-MM-dd HH:mm:ss} UTC";
        return owned.Transport is { HasHost: false, Replay.GracePeriod: var grace }
            ? refusals.Refuse(AttachOutcome.RefusedOwned, StatusCode.Unavailable,
                $"{who}, whose connection is lost and who has {grace.TotalSeconds:0.###} s to come back. Try again then.")
            : refusals.Refuse(AttachOutcome.RefusedOwned, StatusCode.ResourceExhausted, $"{who}. Wait until it detaches, or start another emulator.");
    }
}
