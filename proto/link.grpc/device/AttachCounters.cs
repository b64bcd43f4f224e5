namespace Pcie.Link.Grpc.Device;

/// <summary>How often each <see cref="AttachOutcome"/> came about since the process started. Safe from any thread.</summary>
public sealed class AttachCounters
{
    private readonly long[] counts = new long[Enum.GetValues<AttachOutcome>().Length];

    public long this[AttachOutcome outcome] => Interlocked.Read(ref counts[(int)outcome]);

    /// <summary>All of them by name.</summary>
    public IEnumerable<KeyValuePair<string, ulong>> All =>
    [
        new("attach.attached", Of(AttachOutcome.Attached)),
        new("attach.detached", Of(AttachOutcome.Detached)),
        new("attach.peer-gone", Of(AttachOutcome.PeerGone)),
        new("attach.protocol-errors", Of(AttachOutcome.ProtocolError)),
        new("attach.refused-version", Of(AttachOutcome.RefusedVersion)),
        new("attach.refused-clock-mode", Of(AttachOutcome.RefusedClockMode)),
        new("attach.refused-hello", Of(AttachOutcome.RefusedHello)),
        new("attach.refused-owned", Of(AttachOutcome.RefusedOwned)),
        new("attach.resumed", Of(AttachOutcome.Resumed)),
        new("attach.refused-resume", Of(AttachOutcome.RefusedResume)),
        new("attach.refused-silent", Of(AttachOutcome.RefusedSilent)),
        new("attach.refused-crowded", Of(AttachOutcome.RefusedCrowded)),
        new("attach.refused-certificate", Of(AttachOutcome.RefusedCertificate)),
        new("attach.connections-closed", Of(AttachOutcome.ConnectionClosed)),
    ];

    private ulong Of(AttachOutcome outcome) => (ulong)this[outcome];

    /// <returns>How often it has come about, this time included.</returns>
    public ulong Count(AttachOutcome outcome) => (ulong)Interlocked.Increment(ref counts[(int)outcome]);
}
