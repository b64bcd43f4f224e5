using Pcie.Link;
using Pcie.Pci;

namespace Pcie.EndToEnd.Tests.Sessions;

/// <summary>
/// A broken device made of a sound one: what it says is changed on its way to the host.
/// <code>
/// host ── this ── the device's transport
/// </code>
/// </summary>
/// <param name="tamper">Gets the number of a TLP of the device from 1, the TLP, its payload, and where to put what the device says instead.</param>
internal sealed class TamperingTransport(ILinkTransport inner, Tamper tamper) : ILinkTransport
{
    private long said;

    public FramePool Pool => inner.Pool;

    public LinkDown? Down => inner.Down;

    public long FramesDiscarded => inner.FramesDiscarded;

    public void Send(Frame frame) => inner.Send(frame);

    public Frame? Receive(TimeSpan timeout)
    {
        if (inner.Receive(timeout) is not { } frame) return null;
        var changed = inner.Pool.Rent();
        (changed.Promise, changed.Sequence) = (frame.Promise, frame.Sequence);
        for (var i = 0; i < frame.Count; i++) tamper(++said, frame[i], frame.PayloadOf(frame[i]).ToArray(), changed);
        inner.Pool.Return(frame);
        return changed;
    }

    public void Close(LinkDown reason) => inner.Close(reason);

    public void Wake() => inner.Wake();

    public void Dispose() => inner.Dispose();
}

/// <inheritdoc cref="TamperingTransport"/>
internal delegate void Tamper(long number, Tlp tlp, byte[] payload, Frame instead);
