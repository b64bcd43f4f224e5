using Pcie.Pci;

namespace Pcie.Link.Recording;

/// <summary>
/// A window on the TLPs that pass a transport, for whoever looks from another thread: the first of them since he looked last, as many as it holds.
/// All are counted. A window that is full costs the engine nothing more, and before anybody looks there is none.
/// </summary>
public sealed class TlpCapture
{
    /// <summary>TLPs that a window holds.</summary>
    public const int Length = 256;

    /// <summary>Bytes kept of a payload.</summary>
    public const int PayloadKept = 16;

    private readonly Lock gate = new();
    private readonly (LinkDirection Direction, long Number, Tlp Tlp)[] window = new (LinkDirection, long, Tlp)[Length];
    private readonly byte[] payloads = new byte[Length * PayloadKept];
    private readonly long[] passed = new long[2];
    private volatile bool isOpen;
    private int count;

    /// <summary>TLPs that have passed that way.</summary>
    public long Passed(LinkDirection direction) => Volatile.Read(ref passed[(int)direction]);

    /// <summary>Takes what the window has, and opens the next.</summary>
    public IReadOnlyList<RecordedTlp> Take()
    {
        lock (gate)
        {
            var taken = new RecordedTlp[count];
            for (var i = 0; i < count; i++)
            {
                var (direction, number, tlp) = window[i];
                taken[i] = new RecordedTlp(direction, number, i, tlp,
                    tlp.HasPayload ? payloads.AsSpan(i * PayloadKept, Math.Min(tlp.Length, PayloadKept)).ToArray() : default, null);
            }
            count = 0;
            isOpen = true;
            return taken;
        }
    }

    /// <summary>A frame passes; one after the other of each direction.</summary>
    internal void Record(Frame frame, LinkDirection direction)
    {
        var before = passed[(int)direction];
        Volatile.Write(ref passed[(int)direction], before + frame.Count);
        if (!isOpen || frame.Count == 0) return;
        lock (gate)
        {
            for (var i = 0; i < frame.Count && count < Length; i++) Keep(frame[i], frame.PayloadOf(frame[i]), direction, before + i + 1);
            isOpen = count < Length;
        }
    }

    /// <summary>As above, of a frame of one TLP.</summary>
    internal void Record(in Tlp tlp, ReadOnlySpan<byte> payload, LinkDirection direction)
    {
        var number = passed[(int)direction] + 1;
        Volatile.Write(ref passed[(int)direction], number);
        if (!isOpen) return;
        lock (gate)
        {
            if (count < Length) Keep(tlp, payload, direction, number);
            isOpen = count < Length;
        }
    }

    private void Keep(in Tlp tlp, ReadOnlySpan<byte> payload, LinkDirection direction, long number)
    {
        window[count] = (direction, number, tlp);
        payload[..Math.Min(payload.Length, PayloadKept)].CopyTo(payloads.AsSpan(count * PayloadKept));
        count++;
    }
}
