using Pcie.Pci;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Emulator.Faults;

/// <summary>
/// The way from the function to the session, on which faults hit what is sent; while none is armed, everything passes.
/// <code>
/// session ◄── DataFaults ◄── BreakableLink ◄── MessageFaults ◄── function
/// </code>
/// </summary>
public sealed class FaultyUplink : ITlpSender
{
    public FaultyUplink(ITlpSender session, Timeline timeline, Tracer tracer)
    {
        Session = session;
        Armed = new ArmedFaults(tracer);
        Data = new DataFaults(session, Armed);
        Link = new BreakableLink(Data);
        Messages = new MessageFaults(Link, Armed, timeline);
    }

    internal ITlpSender Session { get; }
    internal ArmedFaults Armed { get; }
    internal DataFaults Data { get; }
    internal BreakableLink Link { get; }
    internal MessageFaults Messages { get; }

    /// <inheritdoc/>
    public void Send(in Tlp tlp, ReadOnlySpan<byte> payload) => Messages.Send(tlp, payload);
}
