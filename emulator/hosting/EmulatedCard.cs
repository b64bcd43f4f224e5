using Google.Protobuf;
using Pcie.Control.Wire;
using Pcie.Emulator.Device;
using Pcie.Emulator.Faults;
using Pcie.Emulator.Function;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Hosting;

/// <summary>
/// A card fresh from power-on, in the slot of one host: card, PCI function, faults and engine on a timeline of their own. A new
/// attachment is a new one of these, so that nothing of the last session is left.
/// </summary>
public sealed class EmulatedCard : IDisposable
{
    /// <param name="completionTimeout">For the card's reads of host memory.</param>
    /// <exception cref="IOException">A file of the card's cannot be opened, or is empty.</exception>
    public EmulatedCard(CardDesign design, ILinkTransport transport, LinkSessionOptions session, Duration completionTimeout)
    {
        Identity = design.Identity;
        var timeline = new Timeline();
        Tracer = new Tracer(timeline, TraceSide.Device);
        Session = new DeviceSession(timeline, transport, session);
        var uplink = new FaultyUplink(Session, timeline, Tracer);
        var port = new DevicePort(design.Identity, timeline, Tracer, completionTimeout, uplink, () => Session.ClockTime,
            () => Session.Horizon);
        Card = design.Make(port);
        Function = new PciFunction(port, Card);
        Faults = new FaultInjector(Function, Card as ISourceFaults, uplink, timeline);
        Session.Receiver = Faults.Receiver;
        foreach (var fault in design.Faults) Faults.Schedule(fault);
    }

    public DeviceIdentity Identity { get; }
    public ICard Card { get; }
    public PciFunction Function { get; }
    public Tracer Tracer { get; }

    /// <summary>Runs the card. Its gate is held while anything of the card changes.</summary>
    public DeviceSession Session { get; }

    /// <summary>Makes things go wrong.</summary>
    public FaultInjector Faults { get; }

    /// <summary>Every counter of card and function by name, since power-on.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics => [.. Card.Statistics, .. Function.Statistics, .. Faults.Statistics];

    /// <summary>A card that is powered and in no slot, to look at.</summary>
    /// <inheritdoc cref="EmulatedCard(CardDesign, ILinkTransport, LinkSessionOptions, Duration)" path="/exception"/>
    public static EmulatedCard InNoSlot(CardDesign design)
    {
        var session = new LinkSessionOptions(Pacing.FreeRunning, LatencyRange.Default);
        return new EmulatedCard(design, new DirectTransport(), session, Duration.FromMilliseconds(50));
    }

    /// <summary>What card and function say about themselves to the control service, since power-on.</summary>
    public Statistics GetStatistics() => new()
    {
        Counters = { Statistics.ToDictionary() },
        Account = AccountOf(),
        TraceDigest = Tracer.Digest,
        SourceSha256 = ByteString.CopyFrom(Card.PayloadSha256),
        Lateness = Session.Pacing == Pacing.FreeRunning ? null : new Lateness
        {
            GreatestLagNs = Session.GreatestLag.Nanoseconds, WaitedForLinkNs = (long)Session.WaitedForCredit.TotalNanoseconds,
        },
    };

    public void Dispose() => Card.Dispose();

    // Of a card that says nothing of its interrupts, the function knows what became of its messages.
    private Account AccountOf()
    {
        var account = Card.Account ?? new Account();
        var messages = Function.Counters;
        account.Interrupts ??= new InterruptAccount
        {
            Raised = messages.MessagesRaised, Sent = messages.MessagesSent.Total, Masked = messages.MessagesPending + messages.MessagesLost,
            Collapsed = messages.MessagesCollapsed.Total,
        };
        return account;
    }
}
