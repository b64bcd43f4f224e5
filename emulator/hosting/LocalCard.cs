using NLog;
using Pcie.Link;
using Pcie.Link.Sessions;
using Pcie.Link.Transports;
using Pcie.Logging;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Emulator.Hosting;

/// <summary>
/// A card and the host's end of its link in this process: free-running on the host's thread, by the wall clock on one of the card's own.
/// </summary>
public sealed class LocalCard : IDisposable
{
    private static readonly Logger Log = LogManager.GetLogger("Pcie.Emulator");

    private readonly ILinkTransport deviceEnd;
    private readonly Thread? engine;
    private bool isStarted;

    /// <inheritdoc cref="EmulatedCard(CardDesign, ILinkTransport, LinkSessionOptions, Duration)"/>
    public LocalCard(CardDesign design, LinkSessionOptions session, Duration completionTimeout)
    {
        if (session.Pacing == Pacing.FreeRunning)
        {
            var device = new DirectTransport();
            deviceEnd = device;
            Card = new EmulatedCard(design, device, session, completionTimeout);
            HostEnd = device.CreateHostEnd(Card.Session.ServePending);
            return;
        }
        (HostEnd, deviceEnd) = InProcessTransport.CreatePair();
        Card = new EmulatedCard(design, deviceEnd, session, completionTimeout);
        engine = new Thread(Run) { IsBackground = true, Name = "card" };
    }

    public EmulatedCard Card { get; }

    public ILinkTransport HostEnd { get; }

    /// <summary>Lets the card run, once it has been set up.</summary>
    public void Start()
    {
        if (engine is null || isStarted) return;
        isStarted = true;
        engine.Start();
    }

    public void Dispose()
    {
        HostEnd.Dispose();
        if (isStarted) engine!.Join();
        Card.Dispose();
    }

    private void Run()
    {
        try
        {
            Card.Session.Run(CancellationToken.None);
        }
        catch (Exception e)
        {
            // A file that the card needs is not what it was, or what a register does has failed. It is the host's run that says so.
            if (e is not IOException) Log.Error(e, "The card failed");
            deviceEnd.Close(new LinkDown(LinkDownReason.PeerGone, $"The card stopped: {OthersCode.Describe(e)}"));
        }
    }
}
