using Pcie.Control.Wire;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using Pcie.Emulator.Rtl.Models;
using Pcie.Pci;
using Pcie.Registers;
using Pcie.Time;

namespace Pcie.Emulator.Rtl;

/// <summary>
/// A card whose logic is simulated clock cycle by cycle elsewhere. It runs ahead of the timeline as far as nothing unknown can come, never
/// further than it has asked for something; what it asks is done by an event at the time of its own cycle.
/// </summary>
/// <remarks>
/// A register access takes its cycles when it comes, so that the logic is some cycles ahead afterwards; the completion leaves at once.
/// Allocates nothing in steady state.
/// </remarks>
public sealed class RtlCard : ICard, ITimelineTarget, IRequestCompleter
{
    // Without a limit from outside the engine must look around now and then.
    private const ulong LongestRun = 4096;

    // By the wall clock nobody knows what comes; the logic is ahead by so much at the most.
    private static readonly Duration Quantum = Duration.FromMicroseconds(1);

    private readonly IRtlModel model;
    private readonly RtlRequests requests;
    private readonly RtlClock clock;
    private readonly IDevicePort port;
    private readonly RtlStatusPins status;
    private readonly TimelineEvent next;
    private readonly RtlTrigger? trigger;
    private readonly IRtlStreamSink? sink;
    private readonly RegisterFile?[] files;
    private readonly (string Name, RtlPin Pin)[] counters;

    // Reads under way, and what the card calls them. A reset forgets them, and answers to those of before are nobody's.
    private readonly Dictionary<int, uint> reads = [];
    private int lastRead;

    // Whether the logic waits for something from outside, whatever the time.
    private bool isIdle;
    private ulong writes, readsAsked, messages, messagesRefused, streamed;

    // What the card calls the part of its stream that has not been taken; null for none.
    private uint? streaming;

    /// <param name="make">Makes the logic, which puts what it asks where it is told.</param>
    /// <param name="registers">By name; null for none.</param>
    /// <param name="stimulus">What triggers the card from outside; null for nothing.</param>
    /// <param name="sink">Where its stream goes; null if it may have none.</param>
    /// <exception cref="RtlException">The logic cannot be made, or has no such pin.</exception>
    public RtlCard(RtlConfig config, IDevicePort port, Func<RtlRequests, IRtlModel> make, DeviceMap? registers = null, RtlStimulus? stimulus = null,
        IRtlStreamSink? sink = null)
    {
        (this.port, this.sink) = (port, sink);
        clock = new RtlClock(config.Clock);
        requests = new RtlRequests(config.Name);
        next = port.Timeline.CreateEvent(this);
        files = RtlRegisters.Of(config, registers, PeekBar, PokeBar);
        model = make(requests);
        try
        {
            foreach (var (name, value) in config.Pins)
                if (!model.TrySetPin(new RtlPin(name), value)) throw NoPin(name, "input");
            counters = [.. config.Counters.Select(counter => (counter.Key, Existing(counter.Value)))];
            status = new RtlStatusPins(model, port);
            trigger = stimulus is null ? null : new RtlTrigger(stimulus, model, status, port.Timeline, CatchUp, GoOn);
            model.Reset();
        }
        catch
        {
            model.Dispose();
            throw;
        }
        next.Schedule(port.Timeline.Now);
    }

    public RegisterFile Registers => files[0]!;

    /// <inheritdoc/>
    public Account? Account => new RtlAccount(Counted).ToAccount();

    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        .. Counted,
        new("rtl.cycles", model.Cycle),
        new("rtl.writes", writes),
        new("rtl.reads", readsAsked),
        new("rtl.stream-bytes", streamed),
        new("rtl.messages", messages),
        new("rtl.messages-refused", messagesRefused),
    ];

    /// <inheritdoc/>
    public CompletionStatus LastAccess => model.LastAccess;

    // How far nothing unknown comes.
    private SimTime Known => port.Horizon is var known && known > port.Timeline.Now ? known : port.Timeline.Now + Quantum;

    private IEnumerable<KeyValuePair<string, ulong>> Counted => counters.Select(counter =>
        new KeyValuePair<string, ulong>(counter.Name, model.TryReadPin(counter.Pin, out var value) ? value : 0));

    /// <inheritdoc/>
    public RegisterFile? RegistersOf(int bar) => files[bar];

    /// <inheritdoc/>
    public uint ReadBar(int bar, uint offset, byte byteEnables)
    {
        CatchUp();
        status.Update();
        uint value;
        // What was asked in the cycles of the access goes before its completion, which must not pass it.
        while (!model.ReadBar(bar, offset, byteEnables, out value)) PerformUntil(model.Cycle);
        PerformUntil(model.Cycle);
        // What is refused has no data; a host sees all ones, and so does who looks from behind.
        value = model.LastAccess == CompletionStatus.Successful ? value & ByteEnables.ToMask(byteEnables) : uint.MaxValue;
        Touched();
        return value;
    }

    /// <inheritdoc/>
    public void WriteBar(int bar, uint offset, uint value, byte byteEnables)
    {
        CatchUp();
        status.Update();
        while (!model.WriteBar(bar, offset, value, byteEnables)) PerformUntil(model.Cycle);
        Touched();
    }

    /// <inheritdoc/>
    public void MessagesChanged()
    {
        CatchUp();
        status.MessagesChanged();
        GoOn();
    }

    /// <inheritdoc/>
    public void Reset()
    {
        CatchUp();
        requests.Clear();
        reads.Clear();
        streaming = null;
        model.Reset();
        trigger?.Reset();
        Touched();
    }

    /// <summary>The sink has taken what it was offered.</summary>
    public void StreamTaken()
    {
        CatchUp();
        status.Update();
        model.Answer(streaming!.Value, RtlResult.Done, default);
        streaming = null;
        GoOn();
    }

    public void Dispose() => model.Dispose();

    void ITimelineTarget.Due(int tag)
    {
        while (requests.Count > 0 && clock.TimeOf(requests.Next.Cycle) <= port.Timeline.Now) PerformNext();
        if (requests.Count == 0)
        {
            status.Update();
            var horizon = SimTime.Min(Known, port.Timeline.NextDue);
            var until = Math.Min(clock.CycleAt(horizon), model.Cycle + LongestRun);
            if (until > model.Cycle) isIdle = model.Run(until);
        }
        GoOn();
    }

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes)
    {
        if (!reads.Remove(cookie, out var tag)) return;
        CatchUp();
        status.Update();
        var result = outcome switch
        {
            RequestOutcome.Successful => RtlResult.Done,
            RequestOutcome.UnsupportedRequest => RtlResult.UnsupportedRequest,
            _ => RtlResult.Aborted,
        };
        model.Answer(tag, result, result == RtlResult.Done ? bytes : default);
        GoOn();
    }

    private void PerformUntil(ulong cycle)
    {
        while (requests.Count > 0 && requests.Next.Cycle < cycle) PerformNext();
    }

    private void PerformNext()
    {
        var request = requests.Next;
        switch (request.Kind)
        {
            case RtlRequestKind.Write:
                var sent = port.WriteHost(request.Address, requests.NextBytes);
                writes++;
                requests.RemoveNext();
                model.Answer(request.Tag, sent ? RtlResult.Done : RtlResult.NotMaster, default);
                break;
            case RtlRequestKind.Read:
                requests.RemoveNext();
                readsAsked++;
                lastRead = (lastRead + 1) & int.MaxValue;
                reads[lastRead] = request.Tag;
                if (port.ReadHost(request.Address, request.Length, this, lastRead)) break;
                reads.Remove(lastRead);
                model.Answer(request.Tag, RtlResult.NotMaster, default);
                break;
            case RtlRequestKind.Stream:
                var part = requests.NextBytes;
                requests.RemoveNext();
                if (sink is null) throw NoStream("its configuration does not say stream = true");
                if (streaming is not null) throw NoStream("the part before that has not been taken yet");
                (streaming, streamed) = (request.Tag, streamed + (ulong)request.Length);
                sink.Offer(part, request.Address != 0);
                break;
            default:
                requests.RemoveNext();
                messages++;
                model.Answer(request.Tag, Raise(request.Address), default);
                break;
        }
    }

    private RtlResult Raise(ulong message)
    {
        // A number beyond the grant is the logic's mistake; which message would it be?
        if (message >= (ulong)Math.Max(port.GrantedMessages, 1))
        {
            messagesRefused++;
            return RtlResult.Lost;
        }
        return port.RaiseMessage((int)message) switch
        {
            MessageOutcome.Sent => RtlResult.Sent,
            MessageOutcome.Pending => RtlResult.Pending,
            MessageOutcome.Collapsed => RtlResult.Collapsed,
            _ => RtlResult.Lost,
        };
    }

    // From behind: the same access as the host's, since the logic has no other way in.
    private uint PeekBar(int bar, uint offset) => ReadBar(bar, offset, ByteEnables.All);

    private void PokeBar(int bar, uint offset, uint value) => WriteBar(bar, offset, value, ByteEnables.All);

    // Before anything is done to the logic: cycles that were left out because nothing happened in them.
    private void CatchUp()
    {
        if (!isIdle) return;
        isIdle = false;
        if (clock.CycleAt(port.Timeline.Now) is var now && now > model.Cycle) model.Run(now);
    }

    private void Touched()
    {
        trigger?.Look();
        GoOn();
    }

    // When there is something to do for the card next: to ask what it has asked, or to run on.
    private void GoOn()
    {
        if (isIdle && requests.Count == 0)
        {
            next.Cancel();
            return;
        }
        var due = clock.TimeOf(requests.Count > 0 ? requests.Next.Cycle : model.Cycle);
        next.Schedule(SimTime.Max(port.Timeline.Now, due));
    }

    private RtlException NoStream(string why) => new($"The RTL card streams in cycle {model.Cycle}, and {why}.");

    private RtlPin Existing(string name)
    {
        var pin = new RtlPin(name);
        return model.TryReadPin(pin, out _) ? pin : throw NoPin(name, "pin");
    }

    private static RtlException NoPin(string name, string what) =>
        new($"The RTL card has no {what} {name}, which its configuration names; expected the name of a port of the top module.");
}
