using Pcie.Pci;

namespace Pcie.Emulator.Faults;

/// <summary>A link that can be down for a time: what is sent meanwhile is lost.</summary>
internal sealed class BreakableLink(ITlpSender next) : ITlpSender
{
    public bool IsDown { get; private set; }

    /// <summary>Writes lost, either way.</summary>
    public ulong Lost { get; private set; }

    public void TakeDown() => IsDown = true;

    public void BringUp() => IsDown = false;

    /// <summary>Counts writes that are lost.</summary>
    public void Lose(int writes = 1) => Lost += (ulong)writes;

    public void Send(in Tlp tlp, ReadOnlySpan<byte> payload)
    {
        if (IsDown) Lose();
        else next.Send(tlp, payload);
    }
}
