using NLog;
using Pcie.Link;
using Pcie.Link.Grpc.Device;
using Pcie.Link.Recording;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Time;
using Pcie.VfioUser;
using Logger = NLog.Logger;

namespace Pcie.Emulator.Hosting;

/// <summary>
/// Gives the card to virtual machines, one after the other: each session is a card fresh from power-on, by the wall clock, on a thread of its own.
/// Whoever comes while the card is another's, is turned away.
/// </summary>
public sealed class GuestServer : IDisposable
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.VfioUser");
    private static readonly TimeSpan ShutdownTimeout = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LeavingTimeout = TimeSpan.FromSeconds(0.5);

    private readonly string path;
    private readonly IDeviceEngine engine;
    private readonly CardClaim claim;
    private readonly VfioUserCounters counters;
    private readonly VfioUserListener listener;
    private readonly string? record;
    private readonly long recordLimit;
    private readonly Lock sessionLock = new();
    private readonly ManualResetEvent freed = new(initialState: false);
    private VfioUserTransport? current;
    private Thread? session;
    private bool isStopped;
    private ulong sessions;

    private GuestServer(string path, IDeviceEngine engine, CardClaim claim, VfioUserCounters counters, string? record, long recordLimit)
    {
        (this.path, this.engine, this.claim, this.counters) = (path, engine, claim, counters);
        (this.record, this.recordLimit) = (record, recordLimit);
        var socket = UnixSocketFile.Bind(path);
        socket.Listen();
        listener = new VfioUserListener(socket, counters);
    }

    /// <summary>A session has ended and the card is free again; on an arbitrary thread.</summary>
    public event Action<LinkDown>? Ended;

    /// <summary>The option by which QEMU is given the card, behind a port whose link is as fast as the card's.</summary>
    public string QemuOptions =>
        $"-device pcie-root-port,id=rp0,x-speed=8,x-width=4 -device '{{\"driver\":\"vfio-user-pci\",\"bus\":\"rp0\","
        + $"\"socket\":{{\"type\":\"unix\",\"path\":\"{path}\"}}}}'";

    /// <summary>Starts to listen.</summary>
    /// <param name="claim">Shared with the other ways to the card.</param>
    /// <param name="record">Where each session is recorded, those after the first as in <c>card.2.tlps</c>; null for nowhere.</param>
    /// <param name="recordLimit">No such recording is longer (bytes).</param>
    /// <exception cref="ListenRefusedException">It cannot listen there.</exception>
    public static GuestServer Listen(string path, IDeviceEngine engine, CardClaim claim, VfioUserCounters counters, string? record = null,
        long recordLimit = SessionWriter.DefaultLimit)
    {
        if (VfioUserListener.WhyNot is { } why) throw new ListenRefusedException($"Cannot listen on vfio-user:{path}: {why}.");
        return new GuestServer(path, engine, claim, counters, record, recordLimit);
    }

    /// <summary>Takes virtual machines from now on.</summary>
    public void Start() => new Thread(Serve) { IsBackground = true, Name = "vfio-user" }.Start();

    /// <summary>Ends the session there is, and stops to listen.</summary>
    public void Dispose()
    {
        Thread? last;
        lock (sessionLock)
        {
            if (isStopped) return;
            isStopped = true;
            last = session;
            current?.Close(new LinkDown(LinkDownReason.PeerGone, "The emulator is shutting down."));
        }
        listener.Dispose();
        last?.Join(ShutdownTimeout);
        File.Delete(path);
    }

    private void Serve()
    {
        while (listener.Accept() is { } client)
        {
            if (claim.Take(client.Name) is { } owner && !TakeAfterSession(client.Name))
            {
                client.Refuse(owner);
                continue;
            }
            lock (sessionLock)
            {
                var transport = current = client.Begin();
                if (isStopped) transport.Close(new LinkDown(LinkDownReason.PeerGone, "The emulator is shutting down."));
                session = new Thread(() => Run(client, transport)) { IsBackground = true, Name = "card" };
                session.Start();
            }
        }
    }

    private RecordingTransport Record(VfioUserClient client, VfioUserTransport transport)
    {
        var file = sessions == 1 ? record! : Path.ChangeExtension(record!, $"{sessions}{Path.GetExtension(record)}");
        var head = new SessionHead(Pacing.WallClock, LatencyRange.Default)
        {
            HostName = client.Name, DeviceName = engine.Device.Name, VendorId = engine.Device.VendorId, DeviceId = engine.Device.DeviceId,
        };
        return new RecordingTransport(transport, SessionWriter.Create(file, head, recordLimit), sends: LinkDirection.DeviceToHost);
    }

    // The virtual machine before may be gone already, and its session about to find out.
    private bool TakeAfterSession(string name)
    {
        bool hasSession;
        lock (sessionLock)
        {
            hasSession = current is not null;
            freed.Reset();
        }
        return (!hasSession || freed.WaitOne(LeavingTimeout)) && claim.Take(name) is null;
    }

    private void Run(VfioUserClient client, VfioUserTransport transport)
    {
        Log.Info("'{0}' attached, WallClock", client.Name);
        var why = "The card stopped; the emulator's log says why.";
        try
        {
            sessions++;
            using var recording = record is null ? null : Record(client, transport);
            engine.Run(new DeviceAttachment(
                sessions, client.Name, DateTimeOffset.UtcNow, Pacing.WallClock, default, recording ?? (ILinkTransport)transport));
        }
        catch (IOException e)
        {
            // A file that the card needs is not what it was.
            why = $"The card stopped: {OthersCode.Describe(e)}";
            Log.Error("In the session of '{0}': {1}", client.Name, why);
        }
        catch (Exception e)
        {
            // A defect of its own ends the session, not the emulator: the next virtual machine gets a fresh card.
            Log.Error(e, "The card failed in the session of '{0}'", client.Name);
        }
        transport.Close(new LinkDown(LinkDownReason.PeerGone, why));
        transport.Dispose();
        var down = transport.Down!;
        counters.Count(down.Reason);
        if (down.Reason == LinkDownReason.Detached) Log.Info("'{0}' detached", client.Name);
        else Log.Warn("The session of '{0}' ended: {1}", client.Name, down.Message);
        lock (sessionLock)
        {
            current = null;
            claim.Release();
            freed.Set();
        }
        Ended?.Invoke(down);
    }
}
