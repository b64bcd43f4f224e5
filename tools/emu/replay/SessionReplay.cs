using Pcie.Emu.Listing;
using Pcie.Link;
using Pcie.Link.Recording;
using Pcie.Link.Sessions;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emu.Replay;

/// <summary>
/// Plays the host's side of a recorded session against a device, and compares what the device says with what it said in the recording.
/// </summary>
/// <remarks>
/// The host's TLPs go out at their recorded times, but none before the device has said what it had said by then in the recording: a driver
/// that acknowledged an interrupt did so because it had come. What the device does not say within <see cref="SessionReplayOptions.Patience"/> is
/// missing, and the host goes on without it. Answers are compared with the answers to the same requests. The device's own requests (DMA, messages)
/// are compared in their order. How the two interleave is not: a device that takes another time for either may well be right.
/// Its reads of host memory are answered as in the recording; one that is not in it is answered UR. What another implementation says is cut as the
/// recording is first, and its writes are compared in their order and its reads in theirs.
/// </remarks>
internal sealed class SessionReplay : ITlpReceiver, ITimelineTarget, IDisposable
{
    private readonly SessionSummary recorded;
    private readonly SessionReplayOptions options;
    private readonly ILinkTransport transport;
    private readonly Timeline timeline = new();
    private readonly HostSession session;
    private readonly TimelineEvent due;
    private readonly Duration longestStep;
    private readonly SessionCursor script;
    private readonly ExpectedSpeech answers, writes, reads;
    private readonly ExpectedSpeech[] speech;
    private readonly WriteCut? writeCut;
    private readonly ReadCut? readCut;
    private readonly ReplayLog log;

    // By the tag that a read of the device had in the recording: the read that it is in the replay, null if it did not come.
    private readonly Dictionary<ushort, Tlp?> asked = [];

    // The request of the device that was found last in the recording.
    private RecordedTlp? lastAsRecorded;

    private bool hasNext;
    private SimTime? waitingSince;
    private Duration step;
    private long seen;
    private bool closing;

    /// <param name="path">The recording; <paramref name="recorded"/> is what is in it.</param>
    /// <param name="transport">To the device, attached. Closed at the end.</param>
    public SessionReplay(string path, SessionSummary recorded, ILinkTransport transport, SessionReplayOptions options)
    {
        this.recorded = recorded;
        this.options = options;
        this.transport = transport;
        session = new HostSession(timeline, transport, new LinkSessionOptions(recorded.Head.Pacing, recorded.Head.Latency)) { Receiver = this };
        due = timeline.CreateEvent(this);
        longestStep = new Duration(Math.Max(options.Patience.Nanoseconds / 1000, recorded.Head.Latency.Nanoseconds));
        log = new ReplayLog(recorded.Head, options);
        script = new SessionCursor(path, tlp => tlp.Direction == LinkDirection.HostToDevice);
        answers = new ExpectedSpeech(path, tlp => tlp is { Direction: LinkDirection.DeviceToHost, Tlp.Kind: TlpKind.Completion });
        writes = new ExpectedSpeech(path, tlp => tlp is { Direction: LinkDirection.DeviceToHost, Tlp.Kind: not TlpKind.Completion }
            && !(options.OtherImplementation && tlp.Tlp.IsNonPosted));
        reads = !options.OtherImplementation ? writes
            : new ExpectedSpeech(path, tlp => tlp is { Direction: LinkDirection.DeviceToHost, Tlp.IsNonPosted: true });
        speech = options.OtherImplementation ? [answers, writes, reads] : [answers, writes];
        if (!options.OtherImplementation) return;
        writeCut = new WriteCut(writes, CompareRequest);
        readCut = new ReadCut(reads, CompareRequest, session.Send);
    }

    /// <summary>Plays it to the end, or to as many differences as are asked for.</summary>
    public ReplayReport Run(CancellationToken cancellation)
    {
        hasNext = script.MoveNext();
        due.Schedule(hasNext ? script.Current.Tlp.SentAt : timeline.Now);
        if (EndOfRun is { } end)
        {
            session.Run(end, () => IsOver, cancellation);
            // A device that is slower than the recorded one keeps the host waiting beyond that.
            if (hasNext) session.Run(SimTime.Never, () => IsOver || !hasNext, cancellation);
            if (!IsOver && !cancellation.IsCancellationRequested)
            {
                due.Cancel();
                session.End(SimTime.Max(end, timeline.Now));
                // What was on its way when the run ended was recorded, and is compared.
                timeline.RunBefore(SimTime.Never);
                while (!IsOver && NextSpeech is { } missing) Miss(missing, null);
            }
        }
        else
        {
            session.Run(SimTime.Never, () => IsOver || (!hasNext && NextSpeech is null && readCut?.IsUnfinished != true), cancellation);
        }
        closing = true;
        transport.Close(new LinkDown(LinkDownReason.Detached, "The replay is over."));
        return log.Report(recorded, timeline.Now, cancellation.IsCancellationRequested);
    }

    public void Dispose()
    {
        script.Dispose();
        foreach (var one in speech) one.Dispose();
    }

    private bool IsOver => session.Down is not null || log.Differences.Count >= options.MaxDifferences;

    // What another implementation says last, it may say later.
    private SimTime? EndOfRun => options.OtherImplementation ? null : recorded.EndOfRun;

    // The one that has the device's next TLP in the order of the recording.
    private ExpectedSpeech? NextSpeech
    {
        get
        {
            ExpectedSpeech? next = null;
            foreach (var one in speech)
                if (one.Next is { } its && !(next?.Next is { } earlier && earlier.Number < its.Number)) next = one;
            return next;
        }
    }

    void ITimelineTarget.Due(int tag)
    {
        while (!IsOver)
        {
            if (hasNext && script.Current.Tlp.SentAt > timeline.Now)
            {
                due.Schedule(script.Current.Tlp.SentAt);
                return;
            }
            // After the last one only a recording that knows no end of its run waits for the rest here.
            if (!hasNext && EndOfRun is not null) return;
            if (NextSpeech is { Next: { } expected } next && (!hasNext || HadArrived(expected, script.Current)))
            {
                if (WaitAWhile()) return;
                if (writeCut?.Flush() != true) Miss(next, null);
                continue;
            }
            if (!hasNext && readCut is { IsUnfinished: true })
            {
                if (WaitAWhile()) return;
                foreach (var (whole, part) in readCut.TakeUnfinished())
                    log.Compare(whole, whole with { Tlp = part with { SentAt = timeline.Now }, Payload = default });
            }
            waitingSince = null;
            if (!hasNext) return;
            Play(script.Current);
            hasNext = script.MoveNext();
        }
    }

    // Whether the recorded host had what the device said when it spoke.
    private bool HadArrived(in RecordedTlp speech, in RecordedTlp host) => recorded.Head.Pacing == Pacing.FreeRunning
        ? speech.Tlp.SentAt + recorded.Head.Latency <= host.Tlp.SentAt
        : speech.Entry < host.Entry;

    // Polls: to react to the arrival would be to send earlier than the host has promised with its last frame.
    private bool WaitAWhile()
    {
        if (waitingSince is not { } since)
        {
            waitingSince = since = timeline.Now;
            step = recorded.Head.Latency;
        }
        var end = since + options.Patience;
        if (timeline.Now >= end) return false;
        due.Schedule(SimTime.Min(timeline.Now + step, end));
        step = new Duration(Math.Min(step.Nanoseconds * 2, longestStep.Nanoseconds));
        return true;
    }

    private void Play(in RecordedTlp host)
    {
        var tlp = host.Tlp;
        var payload = host.Payload.Span;
        if (tlp.Kind == TlpKind.Completion)
        {
            // No answer to what was not asked.
            if (!asked.Remove(tlp.Tag, out var by) || by is not { } read) return;
            var fits = tlp.Status != CompletionStatus.Successful || tlp.Length == read.Length;
            tlp = fits ? tlp with { Tag = read.Tag, Address = read.Address } : Tlp.CompletionOf(read, CompletionStatus.UnsupportedRequest);
            if (!fits) payload = default;
        }
        log.Played(host with { Tlp = tlp with { SentAt = timeline.Now } });
        if (tlp.Kind == TlpKind.Completion && readCut is not null) readCut.Complete(tlp, payload);
        else session.Send(tlp, payload);
    }

    void ITlpReceiver.Receive(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (IsOver) return;
        // By the wall clock a device's stamps are by its own clock, and a recording's times are not stamps.
        var stamped = recorded.Head.Pacing == Pacing.WallClock ? tlp with { SentAt = timeline.Now } : tlp;
        var said = new RecordedTlp(LinkDirection.DeviceToHost, ++seen, 0, stamped, payload.ToArray(), null);
        if (tlp.Kind == TlpKind.Completion) CompareAnswer(said);
        else if (tlp.Kind == TlpKind.MemoryWrite && writeCut is not null) writeCut.Write(said);
        else if (tlp.Kind != TlpKind.MemoryRead || readCut?.TryRead(said) != true) CompareRequest(said);
        log.Heard(said);
    }

    void ITlpReceiver.LinkWentDown(LinkDown down)
    {
        if (!closing && (hasNext || NextSpeech is not null)) log.LinkWentDown(down, NextSpeech?.Next);
    }

    // Completions of different requests may pass each other (PCIe 2.4.1), so it is the tag that says which is meant.
    private void CompareAnswer(RecordedTlp said)
    {
        var index = answers.Find(expected => expected.Tlp.Tag == said.Tlp.Tag);
        if (index >= 0) log.Compare(answers.Take(index), said);
        else if (!IsBeyond(said)) log.Extra(said);
    }

    private void CompareRequest(RecordedTlp said)
    {
        var requests = said.Tlp.IsNonPosted ? reads : writes;
        var index = requests.Find(expected => log.AreAlike(expected, said));
        // The host waits for an answer, and this does not fit: likely it is because the host waits. The answer is what is missing first.
        if (index != 0 && waitingSince is not null && NextSpeech == answers) Miss(answers, said);
        if (IsOver) return;
        // Messages are all alike: one that comes twice is not the next one come early.
        var again = index > 0 && lastAsRecorded is { } last && log.AreAlike(last, said);
        if (again) index = -1;
        if (index < 0 && !again && requests.Next is { } next && next.Tlp.Kind == said.Tlp.Kind
            && (next.Tlp.Address == said.Tlp.Address || next.Tlp.Length == said.Tlp.Length)) index = 0;
        if (index < 0)
        {
            // The quicker one of two implementations has more to say, when the host has nothing left to.
            if (!IsBeyond(said) && (hasNext || !options.OtherImplementation)) log.Extra(said);
            // Nobody decodes that address, as far as the recording tells.
            if (said.Tlp.IsNonPosted) session.Send(Tlp.CompletionOf(said.Tlp, CompletionStatus.UnsupportedRequest), default);
            return;
        }
        for (; index > 0 && !IsOver; index--) Miss(requests, said);
        if (IsOver) return;
        var expected = requests.Take(0);
        if (expected.Tlp.Kind == TlpKind.MemoryRead) asked[expected.Tlp.Tag] = said.Tlp;
        lastAsRecorded = expected;
        log.Compare(expected, said);
    }

    // A run that lasts longer because the host has waited has more in it than was recorded; so has a session whose recording was cut.
    private bool IsBeyond(in RecordedTlp said) => said.Tlp.SentAt >= recorded.EndOfRun || (recorded.IsCut && !hasNext);

    /// <param name="instead">What came in its place; null if nothing did in time.</param>
    private void Miss(ExpectedSpeech from, RecordedTlp? instead)
    {
        var missing = from.Take(0);
        if (missing.Tlp.Kind == TlpKind.MemoryRead) asked[missing.Tlp.Tag] = null;
        log.Missing(missing, instead, waitingSince is null ? null : options.Patience);
        waitingSince = null;
    }
}
