using Google.Protobuf;
using Pcie.Control.Wire;
using Pcie.Emulator.Device;
using Pcie.Emulator.Faults;
using Pcie.Emulator.Function;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Hosting;

/// <summary>
/// A card fresh from power-on, in the slot of one host: card, PCI function and engine on a timeline of their own. A new
/// attachment is a new one of these, so that nothing of the last session is left.
/// </summary>
public sealed class EmulatedCard : IDisposable
{
    private readonly Timeline timeline = new();
    private FaultInjector? faults;

    /// <param name="card">Belongs to this from then on.</param>
    /// <param name="completionTimeout">For the card's reads of host memory.</param>
    public EmulatedCard(ICard card, ILinkTransport transport, LinkSessionOptions session, Duration completionTimeout)
    {
        Tracer = new Tracer(timeline, TraceSide.Device);
        Card = card;
        Function = new PciFunction(Card, timeline, Tracer, completionTimeout);
        Session = new DeviceSession(timeline, transport, session) { Receiver = Function };
        Function.Link = Session;
        foreach (var fault in card.Faults) Faults.Schedule(fault);
    }

    public ICard Card { get; }
    public PciFunction Function { get; }
    public Tracer Tracer { get; }

    /// <summary>Runs the card. Its gate is held while anything of the card changes.</summary>
    public DeviceSession Session { get; }

    /// <summary>What makes things go wrong; from the first look at it on, everything passes through it.</summary>
    public FaultInjector Faults
    {
        get
        {
            if (faults is not null) return faults;
            faults = new FaultInjector(Function, Card as ISourceFaults, timeline, Tracer, Session);
            Function.Link = faults;
            Session.Receiver = faults;
            return faults;
        }
    }

    /// <summary>Every counter of card and function by name, since power-on.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics => Card.Statistics.Concat(Function.Statistics).Concat(faults?.Statistics ?? []);

    /// <summary>What card and function say about themselves to the control service, since power-on.</summary>
    public Statistics GetStatistics() => new()
    {
        Counters = { Statistics.ToDictionary() },
        Account = Card.Account,
        TraceDigest = Tracer.Digest,
        SourceSha256 = ByteString.CopyFrom(Card.PayloadSha256),
    };

    public void Dispose() => Card.Dispose();
}
