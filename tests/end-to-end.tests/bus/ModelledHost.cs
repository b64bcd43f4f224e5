using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Options;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.EndToEnd.Tests.Bus;

/// <summary>
/// A host without a driver: the test's code runs in its threads, one on each processor, and reads and writes the device.
/// <code>
/// test's code ── processors ── root complex ── session ── transport
/// </code>
/// </summary>
internal sealed class ModelledHost : ITlpReceiver
{
    public const ulong Bar0 = 0xE000_0000;
    public static readonly Duration Latency = new(500);

    // Also of wall-clock time, in which nothing may depend on how slow a machine is.
    private static readonly Duration Patience = Duration.FromSeconds(60);

    private readonly HostSession session;
    private readonly ModelledKernel kernel;

    public ModelledHost(ILinkTransport transport, Pacing pacing = Pacing.FreeRunning, int processors = 1)
    {
        var timeline = new Timeline();
        session = new HostSession(timeline, transport, new LinkSessionOptions(pacing, Latency)) { Receiver = this };
        kernel = new ModelledKernel(timeline, new Tracer(timeline, TraceSide.Host), new KernelOptions { Processors = processors }, seed: 1);
        Root = new RootComplex(kernel, session, Patience);
    }

    public RootComplex Root { get; }

    /// <summary>Reads of host memory by the device that arrived while code of the host was waiting for the device.</summary>
    public int ReadsWhileWaiting { get; private set; }

    /// <summary>Why the link is down; null while it is up.</summary>
    public LinkDown? Down => session.Down;

    /// <summary>Runs code in threads, on a processor each, until all of it has ended.</summary>
    public void Run(params Func<ValueTask>[] threads)
    {
        var running = threads.Length;
        for (var i = 0; i < threads.Length; i++)
        {
            var code = threads[i];
            kernel.Processors[i].RunThread(async () =>
            {
                await code();
                running--;
            });
        }
        session.Run(kernel.Timeline.Now + Patience, () => running == 0, TestContext.Current.CancellationToken);
        Assert.True(running == 0, $"{running} threads of the host still wait for the device. Link: {session.Down?.Message ?? "up"}");
    }

    /// <summary>The calling code spends so much processor time.</summary>
    public WorkAwaitable Work(Duration time) => kernel.Current.Execute(time);

    /// <summary>Places BAR 0, and switches Memory Space and Bus Master on.</summary>
    public void Enable() => Run(async () =>
    {
        await Root.WriteConfig(0x10, 4, (uint)Bar0);
        await Root.WriteConfig(0x04, 2, 0x6);
    });

    public ulong Read(ulong address, int width = 4)
    {
        ulong value = 0;
        Run(async () => value = await Root.ReadMemory(address, width));
        return value;
    }

    public void Write(ulong address, ulong value, int width = 4) => Run(() =>
    {
        Root.WriteMemory(address, width, value);
        return default;
    });

    public uint ReadConfig(uint offset, int width = 4)
    {
        ulong value = 0;
        Run(async () => value = await Root.ReadConfig((int)offset, width));
        return (uint)value;
    }

    public void WriteConfig(uint offset, uint value, int width = 4) => Run(async () => await Root.WriteConfig((int)offset, width, value));

    /// <summary>Lets so much time pass.</summary>
    public void Wait(Duration time) => Run(async () => await kernel.Current.Execute(time));

    /// <summary>Sends any request, one that no processor would make included, and waits for its completion.</summary>
    public RequestOutcome Request(Tlp request)
    {
        var completer = new Completer();
        Assert.True(Root.Requester.TrySend(request, default, completer, 0));
        session.Run(kernel.Timeline.Now + Patience, () => completer.Outcome is not null, TestContext.Current.CancellationToken);
        return completer.Outcome ?? throw new TimeoutException("The device did not answer.");
    }

    /// <summary>Sends any posted write.</summary>
    public void Post(Tlp write, ReadOnlySpan<byte> payload) => session.Send(write, payload);

    void ITlpReceiver.Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (tlp.Kind == TlpKind.MemoryRead && Root.Requester.InFlight > 0) ReadsWhileWaiting++;
        Root.Receive(tlp, payload);
    }

    void ITlpReceiver.LinkWentDown(LinkDown down) => Root.LinkWentDown(down);

    private sealed class Completer : IRequestCompleter
    {
        public RequestOutcome? Outcome { get; private set; }

        public void RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes) => Outcome = outcome;
    }
}
