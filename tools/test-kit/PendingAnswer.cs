using Pcie.Pci;

namespace Pcie.TestKit;

/// <summary>A request in flight.</summary>
public sealed class PendingAnswer : IRequestCompleter
{
    private readonly int lead;
    private readonly int bytes;

    internal PendingAnswer(in Tlp request)
    {
        lead = (int)(request.FirstByte - request.Address);
        bytes = request.Kind == TlpKind.ConfigWrite ? 0 : Enumerable.Range(0, request.Length).Count(Enabled(request));
    }

    /// <summary>How it ended; null while it has not.</summary>
    public Answer? Answer { get; private set; }

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> data)
    {
        // More than a value has room for was asked for: then the first eight bytes are it.
        var count = Math.Min(bytes, 8);
        var value = count == 0 ? 0 : ulong.MaxValue >> 8 * (8 - count);
        if (outcome == RequestOutcome.Successful)
        {
            value = 0;
            for (var i = 0; i < count; i++) value |= (ulong)data[lead + i] << 8 * i;
        }
        Answer = new Answer(outcome, value);
    }

    private static Func<int, bool> Enabled(Tlp request) => index => request.IsEnabled(index);
}
