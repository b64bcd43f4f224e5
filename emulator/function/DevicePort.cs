using NLog;
using Pcie.Emulator.Device;
using Pcie.Emulator.Function.Capabilities;
using Pcie.Emulator.Function.Configuration;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Function;

/// <summary>
/// The side of a PCI function that a card's logic is made with: bus mastering and messages, as far as configuration space allows them.
/// <see cref="PciFunction"/> is the side that the host's requests come to.
/// </summary>
/// <remarks>Sending allocates nothing.</remarks>
public sealed class DevicePort : IDevicePort
{
    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly Func<SimTime>? clock, horizon;

    /// <param name="completionTimeout">How long a read of host memory may take.</param>
    /// <param name="link">Where everything goes that the function sends.</param>
    /// <param name="clock">The time that it ought to be; null if that is the timeline's.</param>
    /// <param name="horizon">Before which nothing unknown arrives; null where nothing is known.</param>
    /// <exception cref="ArgumentException">The identity asks for what no function has.</exception>
    public DevicePort(DeviceIdentity identity, Timeline timeline, Tracer tracer, Duration completionTimeout, ITlpSender link,
        Func<SimTime>? clock = null, Func<SimTime>? horizon = null)
    {
        (this.clock, this.horizon) = (clock, horizon);
        Timeline = timeline;
        Tracer = tracer;
        Link = link;
        Source = tracer.AddSource($"{identity.Name}.function");
        Requester = new Requester(timeline, link, completionTimeout, TimedOut);
        Space = new ConfigurationSpace(identity, () => Requester.InFlight > 0);
        Counters = new FunctionCounters(Math.Max(MsiCapability.MaxMessages, identity.MsixEntries));
        Errors = new ErrorReporting(Space, Counters);
        Line = new InterruptLine(Space, Counters, link, tracer, Source);
        Messages = new MessageSignals(Space, Line, Counters, link, tracer, Source);
    }

    public Timeline Timeline { get; }

    public SimTime ClockTime => clock?.Invoke() ?? Timeline.Now;

    public SimTime Horizon => horizon?.Invoke() ?? Timeline.Now;

    public Tracer Tracer { get; }

    public int MaxPayloadSize => Space.Express.MaxPayloadSize;

    public int MaxReadRequestSize => Space.Express.MaxReadRequestSize;

    public int GrantedMessages => Messages.Granted;

    public ulong MessagesSent => Counters.MessagesSent.Total;

    internal ITlpSender Link { get; }

    /// <summary>Of the function, in the trace.</summary>
    internal uint Source { get; }

    internal ConfigurationSpace Space { get; }

    internal FunctionCounters Counters { get; }

    internal ErrorReporting Errors { get; }

    internal InterruptLine Line { get; }

    internal MessageSignals Messages { get; }

    internal Requester Requester { get; }

    public bool WriteHost(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (!MayMaster()) return false;
        var whole = bytes.Length & ~3;
        if (whole > 0) Link.Send(Tlp.Request(TlpKind.MemoryWrite, address, whole), bytes[..whole]);
        if (whole == bytes.Length) return true;
        Span<byte> last = stackalloc byte[sizeof(uint)];
        last.Clear();
        bytes[whole..].CopyTo(last);
        Link.Send(Tlp.Request(TlpKind.MemoryWrite, address + (ulong)whole, bytes.Length - whole), last);
        return true;
    }

    public bool ReadHost(ulong address, int length, IRequestCompleter completer, int cookie)
    {
        if (!MayMaster()) return false;
        Requester.Tags = Space.Express.Tags;
        if (Requester.TrySend(Tlp.Request(TlpKind.MemoryRead, address, length), default, completer, cookie)) return true;
        Counters.ReadsExhausted++;
        return false;
    }

    public MessageOutcome RaiseMessage(int message) => Messages.Raise(message);

    public void DriveLine(bool wantsService) => Line.Drive(wantsService);

    private bool MayMaster()
    {
        if (Space.IsMaster) return true;
        var level = Repeated.At(LogLevel.Info, ++Counters.BusMasterDisabled);
        if (Log.IsEnabled(level)) Log.Log(level, "A request of the card is not sent: {Why}.", Space.WhyNotMaster);
        return false;
    }

    private void TimedOut() => Errors.Detected(FunctionError.CompletionTimeout, default);
}
