using System.Diagnostics;
using System.Text.Json;
using NLog;
using Pcie.Emulator.Function;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emulator.Faults;

/// <summary>
/// Makes things go wrong where they do on silicon, each at its time: between the function and the link, where TLPs come in and go out, and in
/// the source.
/// <code>
/// session ── RequestFaults ──► PciFunction ── card ── DevicePort ──► FaultyUplink ── session
/// </code>
/// </summary>
public sealed class FaultInjector : ITimelineTarget
{
    private const int ResetDue = -1, LinkUpDue = -2;

    // For who traces (OpenTelemetry).
    private static readonly ActivitySource Activities = new("Pcie.Faults");

    private static readonly Logger Log = LogManager.GetCurrentClassLogger();

    private readonly PciFunction function;
    private readonly ISourceFaults? source;
    private readonly FaultyUplink uplink;
    private readonly Timeline timeline;
    private readonly List<(Fault Fault, TimelineEvent Due)> scheduled = [];
    private readonly TimelineEvent reset, linkUp;
    private bool isRemoved;
    private ulong injected;

    /// <param name="source">The card's, if it can misbehave.</param>
    /// <param name="uplink">Where the function sends.</param>
    public FaultInjector(PciFunction function, ISourceFaults? source, FaultyUplink uplink, Timeline timeline)
    {
        (this.function, this.source, this.uplink, this.timeline) = (function, source, uplink, timeline);
        reset = timeline.CreateEvent(this, ResetDue);
        linkUp = timeline.CreateEvent(this, LinkUpDue);
        Receiver = new RequestFaults(function, uplink);
        // A data write starts a transfer; a reset 1 ns later hits it in the middle, before its header.
        uplink.Data.TransferToReset += () => reset.ScheduleAfter(new Duration(1));
    }

    /// <summary>Where the session's TLPs go.</summary>
    public ITlpReceiver Receiver { get; }

    /// <summary>How often each kind has hit, and what was lost on a link that was down; nothing for a card without faults.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics =>
        scheduled.Count == 0 && injected == 0 ? [] : [.. uplink.Armed.Statistics, new("faults.lost-on-link", uplink.Link.Lost)];

    /// <summary>As a scenario writes it.</summary>
    public static string NameOf(FaultKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());

    /// <summary>What this card can have.</summary>
    public IEnumerable<FaultKind> Kinds =>
        Enum.GetValues<FaultKind>().Where(kind => source is not null || kind is not (FaultKind.SourceStall or FaultKind.SourceBurst));

    /// <summary>Has a fault happen at its time.</summary>
    public void Schedule(Fault fault)
    {
        var due = timeline.CreateEvent(this, scheduled.Count);
        scheduled.Add((fault, due));
        due.Schedule(SimTime.Max(timeline.Now, fault.At));
    }

    /// <summary>Has a fault happen now, whatever its time says.</summary>
    /// <exception cref="NotSupportedException">The card has no source.</exception>
    public void Inject(Fault fault)
    {
        using var activity = Activities.StartActivity("fault");
        activity?.SetTag("pcie.fault.kind", NameOf(fault.Kind)).SetTag("pcie.fault.count", fault.Count);
        var level = Repeated.At(LogLevel.Info, ++injected);
        if (Log.IsEnabled(level)) Log.Log(level, "Fault: {Kind} ×{Count}, {Duration}", NameOf(fault.Kind), fault.Count, fault.Duration);
        switch (fault.Kind)
        {
            case FaultKind.SourceStall:
                SourceOf(fault).StallSource(fault.Duration);
                uplink.Armed.Hit(fault.Kind, fault.Duration.Nanoseconds);
                break;
            case FaultKind.SourceBurst:
                SourceOf(fault).Burst(fault.Count);
                uplink.Armed.Hit(fault.Kind, fault.Count);
                break;
            case FaultKind.LinkDown or FaultKind.SurpriseRemoval:
                TakeLinkDown(fault);
                break;
            default:
                uplink.Armed.Arm(fault);
                break;
        }
    }

    void ITimelineTarget.Due(int tag)
    {
        switch (tag)
        {
            case ResetDue:
                function.FunctionLevelReset();
                break;
            case LinkUpDue:
                Log.Info("Fault: the link is up again");
                uplink.Link.BringUp();
                break;
            default:
                var (fault, due) = scheduled[tag];
                Inject(fault);
                if (fault.Every is { } every) due.ScheduleAfter(every);
                break;
        }
    }

    private void TakeLinkDown(Fault fault)
    {
        if (isRemoved) return;
        isRemoved = fault.Kind == FaultKind.SurpriseRemoval;
        uplink.Armed.Hit(fault.Kind, fault.Duration.Nanoseconds);
        if (isRemoved) linkUp.Cancel();
        else linkUp.ScheduleAfter(fault.Duration);
        if (uplink.Link.IsDown) return;
        reset.Cancel();
        uplink.Link.Lose(uplink.Messages.Forget());
        // 6.6.1: a link that goes down resets what is below. While its line can still be deasserted: the port above sees to that (2.2.8.1).
        function.Reset();
        uplink.Link.TakeDown();
    }

    private ISourceFaults SourceOf(Fault fault) => source
        ?? throw new NotSupportedException($"This card has no source of data: there is no {NameOf(fault.Kind)} of it.");
}
