using Pcie.VfioUser.Messages;
using Pcie.VfioUser.Sockets;

namespace Pcie.VfioUser.Interrupts;

/// <summary>The interrupts of the device, by kind and number, and the eventfds that the client has given for them.</summary>
/// <param name="counts">How many there are of each kind.</param>
internal sealed class InterruptLines(int[] counts) : IDisposable
{
    private readonly EventFd?[][] lines = [.. counts.Select(count => new EventFd?[count])];

    // INTx is a level: the client is told of it once, masks it by that, and unmasks it when the guest has looked after the card.
    private bool isAsserted, isMasked;

    /// <summary>Interrupts of a kind.</summary>
    public int Count(int kind) => lines[kind].Length;

    public bool IsAssigned(int kind, int number) => lines[kind][number] is not null;

    /// <summary>Raises one.</summary>
    /// <returns>False if the client has no eventfd for it.</returns>
    public bool Raise(int kind, int number)
    {
        if ((uint)number >= (uint)lines[kind].Length || lines[kind][number] is not { } line) return false;
        line.Raise();
        return true;
    }

    /// <summary>The card asserts or deasserts its line. That it is deasserted the client takes for granted when the guest has accessed the
    /// card.</summary>
    /// <returns>Whether the client was told.</returns>
    public bool SetLine(bool asserted)
    {
        isAsserted = asserted;
        return TellOfLine();
    }

    /// <summary>The client masks the line, or unmasks it: then it is told again if the line is asserted still, or anew.</summary>
    /// <returns>Whether the client was told.</returns>
    public bool MaskLine(bool masked)
    {
        isMasked = masked;
        return TellOfLine();
    }

    /// <summary>Gives eventfds to some interrupts, or takes theirs away.</summary>
    /// <param name="descriptors">As many as interrupts, or none. Those that are kept are taken out.</param>
    /// <exception cref="RequestRefusedException">There are no such interrupts, or something else came.</exception>
    public void Assign(in InterruptSet set, List<FileDescriptor> descriptors)
    {
        Check(set);
        if (descriptors.Count != 0 && descriptors.Count != set.Count)
            throw new RequestRefusedException(Errno.Invalid, $"SET_IRQS of {set.Count} interrupts came with {descriptors.Count} file descriptors");
        var given = new EventFd?[set.Count];
        if (descriptors.Count > 0)
            for (var i = 0; i < set.Count; i++) given[i] = new EventFd(descriptors[i]);
        descriptors.Clear();
        for (var i = 0; i < set.Count; i++) Replace(set.Index, set.Start + i, given[i]);
    }

    /// <summary>Takes the eventfds of a kind away.</summary>
    public void Disable(int kind)
    {
        for (var i = 0; i < lines[kind].Length; i++) Replace(kind, i, null);
    }

    /// <exception cref="RequestRefusedException">There are no such interrupts.</exception>
    public void Check(in InterruptSet set)
    {
        if (set.Start + set.Count > Count(set.Index))
            throw new RequestRefusedException(Errno.Invalid,
                $"SET_IRQS of {set.Count} interrupts from {set.Start}, kind {set.Index}; the device has {Count(set.Index)} of these");
    }

    public void Dispose()
    {
        for (var kind = 0; kind < lines.Length; kind++) Disable(kind);
    }

    private bool TellOfLine()
    {
        if (!isAsserted || isMasked || !Raise(InterruptSet.Intx, 0)) return false;
        return isMasked = true;
    }

    private void Replace(int kind, int number, EventFd? line)
    {
        lines[kind][number]?.Dispose();
        lines[kind][number] = line;
    }
}
