using Pcie.Time;

namespace Pcie.Pci;

/// <summary>
/// The requests of one side that wait for a completion: gives out tags, matches completions, and gives up on those that get no answer
/// in time. Time is the timeline's, so a deadline never expires because a machine was slow.
/// </summary>
/// <remarks>Allocates nothing after construction.</remarks>
public sealed class Requester : ITimelineTarget
{
    /// <summary>Requests that may be in flight at once; tags are below this.</summary>
    public const int MaxOutstanding = 256;

    private readonly Timeline timeline;
    private readonly ITlpSender link;
    private readonly Duration timeout;
    private readonly Action? timedOut;
    private readonly TimelineEvent deadline;
    private readonly Outstanding[] outstanding = new Outstanding[MaxOutstanding];
    private int next;

    /// <param name="timeout">Completion timeout; the specification allows 50 µs to 64 s.</param>
    /// <param name="timedOut">Told of each request that got no answer in time, before its completer is.</param>
    public Requester(Timeline timeline, ITlpSender link, Duration timeout, Action? timedOut = null)
    {
        this.timedOut = timedOut;
        this.timeline = timeline;
        this.link = link;
        this.timeout = timeout;
        deadline = timeline.CreateEvent(this);
    }

    /// <summary>
    /// Limit of outstanding requests, and so of tags: 256, or 32 while Extended Tag Field Enable is off (PCI Express Base Specification
    /// 2.2.6.2).
    /// </summary>
    public int Tags { get; set; } = MaxOutstanding;

    /// <summary>The tag that the next request gets, if there is a free one.</summary>
    public ushort NextTag
    {
        get
        {
            var tag = next % Tags;
            for (var tried = 0; tried < Tags && outstanding[tag].Completer is not null; tried++) tag = (tag + 1) % Tags;
            return (ushort)tag;
        }
    }

    /// <summary>Requests in flight.</summary>
    public int InFlight { get; private set; }

    /// <summary>Requests that got no answer in time.</summary>
    public long TimedOut { get; private set; }

    /// <summary>Completions that nobody waited for: late, repeated, or with a wrong tag.</summary>
    public long UnexpectedCompletions { get; private set; }

    /// <summary>Sends a request; <paramref name="completer"/> hears of its end, whatever it is.</summary>
    /// <returns>False if <see cref="Tags"/> are in flight: nothing was sent.</returns>
    public bool TrySend(in Tlp request, ReadOnlySpan<byte> payload, IRequestCompleter completer, int cookie)
    {
        if (InFlight >= Tags) return false;
        // Tags go round, so that a late completion seldom finds its tag in use again.
        var tag = NextTag;
        var expires = timeline.Now + timeout;
        outstanding[tag] = new Outstanding(completer, cookie, request.Kind == TlpKind.ConfigWrite ? 0 : request.Length, expires);
        if (InFlight++ == 0) deadline.Schedule(expires);
        next = (tag + 1) % Tags;
        link.Send(request with { Tag = tag }, payload);
        return true;
    }

    /// <summary>Takes a completion that arrived.</summary>
    /// <returns>Whether a request waited for it.</returns>
    public bool Complete(in Tlp completion, ReadOnlySpan<byte> payload)
    {
        if (completion.Tag >= MaxOutstanding || outstanding[completion.Tag] is not { Completer: { } completer } request
            || (completion.Status == CompletionStatus.Successful && payload.Length != request.Length))
        {
            UnexpectedCompletions++;
            return false;
        }
        Release(completion.Tag);
        var successful = completion.Status == CompletionStatus.Successful;
        completer.RequestCompleted(request.Cookie, (RequestOutcome)completion.Status, successful ? payload : default);
        return true;
    }

    /// <summary>Ends every request in flight, in order of tags: the link is down, or the device was reset.</summary>
    public void FailAll(RequestOutcome outcome)
    {
        for (var tag = 0; tag < MaxOutstanding && InFlight > 0; tag++)
            if (outstanding[tag] is { Completer: { } completer } request)
            {
                Release(tag);
                completer.RequestCompleted(request.Cookie, outcome, default);
            }
    }

    void ITimelineTarget.Due(int tag)
    {
        for (var i = 0; i < MaxOutstanding; i++)
            if (outstanding[i] is { Completer: { } completer } request && request.Expires <= timeline.Now)
            {
                TimedOut++;
                Release(i);
                timedOut?.Invoke();
                completer.RequestCompleted(request.Cookie, RequestOutcome.TimedOut, default);
            }
        if (InFlight > 0) deadline.Schedule(Earliest());
    }

    private void Release(int tag)
    {
        outstanding[tag] = default;
        if (--InFlight == 0) deadline.Cancel();
    }

    private SimTime Earliest()
    {
        var earliest = SimTime.Never;
        foreach (var request in outstanding)
            if (request.Completer is not null) earliest = SimTime.Min(earliest, request.Expires);
        return earliest;
    }

    private readonly record struct Outstanding(IRequestCompleter? Completer, int Cookie, int Length, SimTime Expires);
}
