using Pcie.Emulator.Device;
using Pcie.Pci;

namespace Pcie.Emulator.Function;

/// <summary>The device's reads of host memory in flight: who gets which answer.</summary>
/// <remarks>Allocates nothing after construction.</remarks>
internal sealed class HostReads : IRequestCompleter
{
    private readonly Requester requester;
    private readonly ErrorReporting errors;
    private readonly (IReadCompleter? Completer, int Cookie)[] reads = new (IReadCompleter?, int)[Requester.MaxOutstanding];
    private int next;

    public HostReads(Requester requester, ErrorReporting errors)
    {
        this.requester = requester;
        this.errors = errors;
    }

    /// <summary>Asks for host memory.</summary>
    /// <returns>False if too many reads are in flight.</returns>
    public bool TryRead(ulong address, int length, IReadCompleter completer, int cookie)
    {
        if (requester.InFlight >= requester.Tags) return false;
        while (reads[next].Completer is not null) next = (next + 1) % reads.Length;
        reads[next] = (completer, cookie);
        return requester.TrySend(Tlp.Request(TlpKind.MemoryRead, address, length), default, this, next);
    }

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes)
    {
        var (completer, deviceCookie) = reads[cookie];
        reads[cookie] = default;
        if (outcome is RequestOutcome.UnsupportedRequest or RequestOutcome.CompleterAbort)
            errors.ReadRefused((CompletionStatus)outcome);
        if (outcome == RequestOutcome.TimedOut) errors.Detected(FunctionError.CompletionTimeout, default);
        var status = outcome is RequestOutcome.Successful or RequestOutcome.UnsupportedRequest
            ? (CompletionStatus)outcome
            : CompletionStatus.CompleterAbort;
        completer!.ReadCompleted(deviceCookie, status, bytes);
    }
}
