using Pcie.Card.Daq;
using Pcie.Card.Function;
using Pcie.Link;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Card.Hosting;

/// <summary>
/// A data-acquisition card fresh from power-on, in the slot of one host: card, PCI function and engine on a timeline of their own. A new
/// attachment is a new one of these, so that nothing of the last session is left.
/// </summary>
public sealed class EmulatedCard : IDisposable
{
    private readonly Timeline timeline = new();

    /// <param name="completionTimeout">For the card's reads of host memory.</param>
    /// <exception cref="IOException">The source's file cannot be opened, or is empty.</exception>
    public EmulatedCard(DaqCardOptions options, ILinkTransport transport, LinkSessionOptions session, Duration completionTimeout)
    {
        Tracer = new Tracer(timeline, TraceSide.Device);
        Card = new DaqCard(options);
        Function = new PciFunction(Card, timeline, Tracer, completionTimeout);
        Session = new DeviceSession(timeline, transport, session) { Receiver = Function };
        Function.Link = Session;
    }

    public DaqCard Card { get; }
    public PciFunction Function { get; }
    public Tracer Tracer { get; }

    /// <summary>Runs the card. Its gate is held while anything of the card changes.</summary>
    public DeviceSession Session { get; }

    /// <summary>Every counter of card and function by name, since power-on.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> Statistics => Card.Statistics.Concat(Function.Statistics);

    public void Dispose() => Card.Dispose();
}
