using System.Buffers.Binary;
using NLog;
using Pcie.Emulator.Function;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Faults;

/// <summary>
/// Makes things go wrong where they do on silicon: between the function and the link, where TLPs come in and go out, and in the source.
/// <code>
/// session ── FaultInjector ── PciFunction ── card
/// </code>
/// It is put there with the first fault; a card without faults has none of this.
/// </summary>
/// <remarks>Allocates only for messages that are delayed.</remarks>
public sealed class FaultInjector : ITlpReceiver, ITlpSender, ITimelineTarget
{
    // A write this long is data: not a message, a header, a status block or a descriptor that is written back.
    private const int ShortestData = 128;

    private const int ResetDue = -1, LinkUpDue = -2, MessageDue = -3;

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly PciFunction function;
    private readonly ISourceFaults? sourceFaults;
    private readonly Timeline timeline;
    private readonly Tracer tracer;
    private readonly uint source;
    private readonly ITlpSender link;
    private readonly List<Fault> faults = [];
    private readonly List<TimelineEvent> due = [];
    private readonly TimelineEvent reset, linkUp, message;
    private readonly ulong[] hits = new ulong[Enum.GetValues<FaultKind>().Max(kind => (int)kind) + 1];
    private readonly Queue<(SimTime At, ulong Address, uint Data)> late = new();

    // What is armed: so many of the next ones are hit.
    private readonly int[] armed;
    private CompletionStatus readStatus, dmaReadStatus;
    private Duration messageDelay, duplicateDelay;
    private SimTime lastLate;
    private bool isDown, isRemoved;
    private ulong injected;

    /// <param name="card">Its source, if it can misbehave.</param>
    /// <param name="link">Where the function has sent until now.</param>
    public FaultInjector(PciFunction function, ISourceFaults? card, Timeline timeline, Tracer tracer, ITlpSender link)
    {
        (this.function, sourceFaults, this.timeline, this.tracer, this.link) = (function, card, timeline, tracer, link);
        armed = new int[hits.Length];
        source = tracer.AddSource("faults");
        reset = timeline.CreateEvent(this, ResetDue);
        linkUp = timeline.CreateEvent(this, LinkUpDue);
        message = timeline.CreateEvent(this, MessageDue);
        function.MessageLink = new Messages(this);
    }

    /// <summary>How often each kind has hit, and what was lost on a link that was down.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
    [
        .. from kind in Enum.GetValues<FaultKind>() where hits[(int)kind] > 0 select new KeyValuePair<string, ulong>($"faults.{NameOf(kind)}", hits[(int)kind]),
        new("faults.lost-on-link", LostOnLink),
    ];

    /// <summary>Writes that the link lost, either way, while it was down.</summary>
    public ulong LostOnLink { get; private set; }

    /// <summary>As a scenario writes it.</summary>
    public static string NameOf(FaultKind kind) => string.Concat(kind.ToString().Select((c, i) => char.IsUpper(c) ? (i > 0 ? "-" : "") + char.ToLowerInvariant(c) : c.ToString()));

    /// <summary>Has a fault happen at its time.</summary>
    public void Schedule(Fault fault)
    {
        var at = timeline.CreateEvent(this, faults.Count);
        faults.Add(fault);
        due.Add(at);
        at.Schedule(SimTime.Max(timeline.Now, fault.At));
    }

    /// <summary>Has a fault happen now, whatever its time says.</summary>
    /// <exception cref="NotSupportedException">The card has no source.</exception>
    public void Inject(Fault fault)
    {
        var level = Repeated.At(LogLevel.Info, ++injected);
        if (Log.IsEnabled(level)) Log.Log(level, "Fault: {Kind}, {Count} times, {Duration}", NameOf(fault.Kind), fault.Count, fault.Duration);
        switch (fault.Kind)
        {
            case FaultKind.SourceStall:
                Source(fault).StallSource(fault.Duration);
                Hit(fault.Kind, fault.Duration.Nanoseconds);
                break;
            case FaultKind.SourceBurst:
                Source(fault).Burst(fault.Count);
                Hit(fault.Kind, fault.Count);
                break;
            case FaultKind.LinkDown or FaultKind.SurpriseRemoval:
                if (isRemoved) break;
                isRemoved = fault.Kind == FaultKind.SurpriseRemoval;
                Hit(fault.Kind, fault.Duration.Nanoseconds);
                TakeLinkDown();
                if (isRemoved) linkUp.Cancel();
                else linkUp.ScheduleAfter(fault.Duration);
                break;
            default:
                if (fault.Kind == FaultKind.CompletionError) readStatus = fault.Status;
                if (fault.Kind == FaultKind.DmaReadError) dmaReadStatus = fault.Status;
                if (fault.Kind == FaultKind.MsiDelayed) messageDelay = fault.Duration;
                if (fault.Kind == FaultKind.MsiDuplicated) duplicateDelay = fault.Duration;
                armed[(int)fault.Kind] += fault.Count;
                break;
        }
    }

    /// <inheritdoc/>
    public void Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (isDown)
        {
            // 2.9.1: the port above a link that is down answers requests in the place of what is below.
            if (tlp.IsNonPosted) link.Send(Tlp.CompletionOf(tlp, CompletionStatus.UnsupportedRequest), default);
            else LostOnLink++;
            return;
        }
        switch (tlp.Kind)
        {
            case TlpKind.MemoryRead when Take(FaultKind.NoCompletion, (long)tlp.Address):
                break;
            case TlpKind.MemoryRead when Take(FaultKind.CompletionError, (long)tlp.Address):
                function.Refuse(tlp, readStatus);
                break;
            case TlpKind.Completion when tlp.Length > 0 && Take(FaultKind.DmaReadError, tlp.Tag):
                function.Receive(tlp with { Status = dmaReadStatus, Length = 0 }, default);
                break;
            default:
                function.Receive(tlp, payload);
                break;
        }
    }

    /// <inheritdoc/>
    public void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (isDown)
        {
            LostOnLink++;
            return;
        }
        if (tlp.Kind != TlpKind.MemoryWrite || tlp.Length < ShortestData)
        {
            link.Send(tlp, payload);
            return;
        }
        // The transfer is under way until a header says that it is whole.
        if (Take(FaultKind.FunctionReset, (long)tlp.Address)) reset.ScheduleAfter(new Duration(1));
        if (!Take(FaultKind.CorruptedPayload, (long)tlp.Address))
        {
            link.Send(tlp, payload);
            return;
        }
        var spoilt = payload.ToArray();
        spoilt[^(ShortestData / 2)] ^= 1;
        link.Send(tlp, spoilt);
    }

    /// <inheritdoc/>
    public void LinkWentDown(LinkDown down) => function.LinkWentDown(down);

    void ITimelineTarget.Due(int tag)
    {
        switch (tag)
        {
            case ResetDue:
                function.FunctionLevelReset();
                break;
            case LinkUpDue:
                Log.Info("Fault: the link is up again");
                isDown = false;
                break;
            case MessageDue:
                SendLate();
                break;
            default:
                Inject(faults[tag]);
                if (faults[tag].Every is { } every) due[tag].ScheduleAfter(every);
                break;
        }
    }

    // 6.6.1: a link that goes down resets what is below.
    private void TakeLinkDown()
    {
        if (isDown) return;
        isDown = true;
        reset.Cancel();
        message.Cancel();
        LostOnLink += (ulong)late.Count;
        late.Clear();
        function.Reset();
    }

    private void SendMessage(in Tlp tlp, ReadOnlySpan<byte> data)
    {
        if (Take(FaultKind.MsiDropped, (long)tlp.Address)) return;
        if (Take(FaultKind.MsiDelayed, (long)tlp.Address))
        {
            Later(tlp, data, messageDelay);
            return;
        }
        Send(tlp, data);
        if (Take(FaultKind.MsiDuplicated, (long)tlp.Address)) Later(tlp, data, duplicateDelay);
    }

    private void SendLate()
    {
        Span<byte> data = stackalloc byte[4];
        while (late.TryPeek(out var next) && next.At <= timeline.Now)
        {
            late.Dequeue();
            BinaryPrimitives.WriteUInt32LittleEndian(data, next.Data);
            Send(Tlp.Request(TlpKind.MemoryWrite, next.Address, data.Length), data);
        }
        if (late.Count > 0) message.Schedule(late.Peek().At);
    }

    // One after the other, as they were raised, also if a later one is delayed for less.
    private void Later(in Tlp tlp, ReadOnlySpan<byte> data, Duration delay)
    {
        lastLate = SimTime.Max(timeline.Now + delay, lastLate);
        late.Enqueue((lastLate, tlp.Address, BinaryPrimitives.ReadUInt32LittleEndian(data)));
        if (!message.IsScheduled) message.Schedule(late.Peek().At);
    }

    private bool Take(FaultKind kind, long what)
    {
        if (armed[(int)kind] == 0) return false;
        armed[(int)kind]--;
        Hit(kind, what);
        return true;
    }

    private void Hit(FaultKind kind, long what)
    {
        hits[(int)kind]++;
        tracer.Record(TraceKind.FaultInjected, source, (int)kind, what);
    }

    private ISourceFaults Source(Fault fault) => sourceFaults
        ?? throw new NotSupportedException($"This card has no source of data: there is no {NameOf(fault.Kind)} of it.");

    private sealed class Messages(FaultInjector injector) : ITlpSender
    {
        public void Send(in Tlp tlp, ReadOnlySpan<byte> payload) => injector.SendMessage(tlp, payload);
    }
}
