using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Pci;
using Pcie.Pci.Memory;
using Pcie.Time;

namespace Pcie.Foreign;

/// <summary>
/// The host's end of a link whose device side is a foreign function in this process: free-running on the host's own thread, unless it is to have one
/// of its own, which it has by the wall clock. Function and link end together.
/// </summary>
public sealed class ForeignLink : ILinkTransport
{
    private readonly ILinkTransport host, device;
    private readonly DeviceSession session;
    private readonly IForeignFunction function;
    private readonly IWaitingFunction? waiting;
    private readonly ForeignPort port;
    private readonly Thread? engine;

    private ForeignLink(string name, LinkSessionOptions options, bool hasThread, bool waits, Func<ForeignPort, IForeignFunction> make)
    {
        Name = name;
        var timeline = new Timeline();
        if (hasThread)
        {
            (host, device) = InProcessTransport.CreatePair();
            session = new DeviceSession(timeline, device, options);
        }
        else
        {
            var direct = new DirectTransport();
            session = new DeviceSession(timeline, device = direct, options);
            host = direct.CreateHostEnd(session.ServePending);
        }
        string? failure = null;
        port = new ForeignPort(timeline, session, why =>
        {
            failure ??= why;
            device.Close(new LinkDown(LinkDownReason.PeerGone, why));
        });
        function = make(port);
        waiting = waits ? (IWaitingFunction)function : null;
        try
        {
            var decoder = new FunctionDecoder(function);
            port.Begin(decoder.EnumerateAsync);
            if (failure is not null) throw new IOException(failure);
            Id = decoder.Id;
            session.Receiver = new ForeignDevice(function, decoder, port);
        }
        catch
        {
            function.Dispose();
            throw;
        }
        if (!hasThread) return;
        engine = new Thread(() => session.Run(CancellationToken.None)) { IsBackground = true, Name = name };
        engine.Start();
    }

    /// <summary>What the device is called, for a person.</summary>
    public string Name { get; }

    /// <summary>As its configuration space has them.</summary>
    public (ushort Vendor, ushort Device) Id { get; }

    /// <summary>Messages that the device has sent; from any thread.</summary>
    public long Messages
    {
        get
        {
            lock (session.EngineLock) return port.Messages;
        }
    }

    /// <inheritdoc/>
    public FramePool Pool => host.Pool;

    /// <inheritdoc/>
    public LinkDown? Down => host.Down;

    /// <inheritdoc/>
    /// <remarks>What reaches a device of others tells of its messages alone.</remarks>
    public bool CarriesInterruptLine => false;

    /// <inheritdoc/>
    public long FramesDiscarded => host.FramesDiscarded;

    /// <summary>Puts a function behind a link.</summary>
    /// <param name="name">What it is, for a person.</param>
    /// <param name="hasThread">Whether it has a thread of its own, for a host that sends on one thread and receives on another.</param>
    /// <param name="make">Makes it, as after power-on; it is this link's from then on.</param>
    /// <exception cref="IOException">It cannot be made, or does not answer.</exception>
    public static ForeignLink Open(string name, LinkSessionOptions options, bool hasThread, Func<ForeignPort, IForeignFunction> make) =>
        new(name, options, hasThread || options.Pacing == Pacing.WallClock, waits: false, make);

    /// <summary>
    /// Puts a function behind a link by the wall clock, whose accesses the host's own thread makes: no thread hands over to another.
    /// </summary>
    /// <inheritdoc cref="Open"/>
    public static ForeignLink OpenWaiting(string name, LinkSessionOptions options, Func<ForeignPort, IWaitingFunction> make) =>
        new(name, options, hasThread: false, waits: true, make);

    /// <inheritdoc/>
    public void Send(Frame frame) => host.Send(frame);

    /// <inheritdoc/>
    public void Post(Frame frame) => host.Post(frame);

    /// <inheritdoc/>
    public void WaitForCredit() => host.WaitForCredit();

    /// <inheritdoc/>
    public Frame? Receive(TimeSpan timeout)
    {
        var frame = host.Receive(timeout);
        if (waiting is null || frame is null && Down is not null) return frame;
        // Looked at each time: whoever does nothing but read registers gets messages too.
        waiting.Wait(frame is null ? timeout : TimeSpan.Zero);
        session.ServePending();
        return frame ?? host.Receive(TimeSpan.Zero);
    }

    /// <inheritdoc/>
    public IHostMemoryBacking? Memory => function.Memory;

    /// <inheritdoc/>
    public void Close(LinkDown reason) => host.Close(reason);

    /// <inheritdoc/>
    public void Wake()
    {
        host.Wake();
        waiting?.Wake();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        host.Dispose();
        engine?.Join();
        function.Dispose();
    }
}
