using Pcie.Pci;

namespace Pcie.Emulator.Function;

/// <summary>Where the function sends: to whatever link is there. Without one, what is sent is gone, and counted.</summary>
internal sealed class Uplink(FunctionCounters counters) : ITlpSender
{
    public ITlpSender? Link { get; set; }

    public void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (Link is { } link) link.Send(tlp, payload);
        else counters.SentWithoutLink++;
    }
}
