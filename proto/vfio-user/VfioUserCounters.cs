using Pcie.Pci;
using Pcie.VfioUser.Messages;

namespace Pcie.VfioUser;

/// <summary>What became of clients and their messages since the process started. Counted by one thread at a time, read by any.</summary>
public sealed class VfioUserCounters
{
    private long attached, detached, gone, protocolErrors, refusedOwned, refusedVersion;
    private long commands, refused, unanswered, repliesIgnored, rangesMapped, rangesUnmapped;
    private long bytesRead, bytesWritten, dmaMessages, dmaRefused;
    private long interrupts, interruptsUnassigned;

    /// <summary>All of them by name.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> All =>
    [
        Named("vfio-user.attached", attached),
        Named("vfio-user.detached", detached),
        Named("vfio-user.peer-gone", gone),
        Named("vfio-user.protocol-errors", protocolErrors),
        Named("vfio-user.refused-owned", refusedOwned),
        Named("vfio-user.refused-version", refusedVersion),
        Named("vfio-user.commands", commands),
        Named("vfio-user.commands-refused", refused),
        Named("vfio-user.requests-unanswered", unanswered),
        Named("vfio-user.replies-ignored", repliesIgnored),
        Named("vfio-user.ranges-mapped", rangesMapped),
        Named("vfio-user.ranges-unmapped", rangesUnmapped),
        Named("vfio-user.dma-bytes-read", bytesRead),
        Named("vfio-user.dma-bytes-written", bytesWritten),
        Named("vfio-user.dma-messages", dmaMessages),
        Named("vfio-user.dma-refused", dmaRefused),
        Named("vfio-user.interrupts", interrupts),
        Named("vfio-user.interrupts-unassigned", interruptsUnassigned),
    ];

    /// <summary>Clients that a card was given to.</summary>
    public ulong Attached => (ulong)Volatile.Read(ref attached);

    /// <summary>Commands answered with an error.</summary>
    public ulong CommandsRefused => (ulong)Volatile.Read(ref refused);

    /// <summary>Clients that were turned away because the card was another's.</summary>
    public ulong RefusedOwned => (ulong)Volatile.Read(ref refusedOwned);

    /// <summary>Clients whose messages made no sense.</summary>
    public ulong ProtocolErrors => (ulong)Volatile.Read(ref protocolErrors);

    /// <summary>A session has ended.</summary>
    public void Count(LinkDownReason reason)
    {
        switch (reason)
        {
            case LinkDownReason.Detached:
                Count(ref detached);
                break;
            case LinkDownReason.ProtocolError:
                ProtocolError();
                break;
            default:
                Count(ref gone);
                break;
        }
    }

    internal void ClientAttached() => Count(ref attached);
    internal ulong ProtocolError() => Count(ref protocolErrors);
    internal ulong ClientRefused(Errno errno) => errno == Errno.Busy ? Count(ref refusedOwned) : Count(ref refusedVersion);
    internal void CommandTaken() => Count(ref commands);
    internal ulong CommandRefused() => Count(ref refused);
    internal ulong RequestUnanswered() => Count(ref unanswered);
    internal ulong ReplyIgnored() => Count(ref repliesIgnored);
    internal void RangeMapped() => Count(ref rangesMapped);
    internal void RangesUnmapped(int ranges) => Count(ref rangesUnmapped, ranges);
    internal void DmaRead(int bytes) => Count(ref bytesRead, bytes);
    internal void DmaWritten(int bytes) => Count(ref bytesWritten, bytes);
    internal void DmaMessage() => Count(ref dmaMessages);
    internal ulong DmaRefused() => Count(ref dmaRefused);
    internal void InterruptRaised() => Count(ref interrupts);
    internal ulong InterruptUnassigned() => Count(ref interruptsUnassigned);

    private static ulong Count(ref long counter, int by = 1) => (ulong)Interlocked.Add(ref counter, by);

    private static KeyValuePair<string, ulong> Named(string name, long count) => new(name, (ulong)count);
}
