using Pcie.Link.Recording;
using Pcie.Pci;

namespace Pcie.Emu.Replay;

/// <summary>
/// What a device writes, cut as the recorded device cut it: where a transfer ends in one TLP and goes on in the next is each implementation's own.
/// What fits no write that was recorded stays as it is.
/// </summary>
/// <param name="expected">What is expected of its writes.</param>
/// <param name="say">Takes them, cut.</param>
internal sealed class WriteCut(ExpectedSpeech expected, Action<RecordedTlp> say)
{
    private readonly List<byte> gathered = [];
    private RecordedTlp first;
    private Tlp last;
    private int wanted;

    public void Write(in RecordedTlp said)
    {
        for (var rest = said; rest.Tlp.Length > 0;)
        {
            if (gathered.Count > 0 && !GoesOn(rest.Tlp)) Flush();
            if (gathered.Count == 0)
            {
                if (expected.FirstAt(rest.Tlp) is not { } whole)
                {
                    say(rest);
                    return;
                }
                (first, wanted) = (rest, whole.Tlp.Length);
            }
            var length = Math.Min(rest.Tlp.Length, wanted - gathered.Count);
            last = rest.Tlp.Before(length);
            gathered.AddRange(rest.Payload.Span[..length]);
            rest = rest with { Tlp = rest.Tlp.From(length), Payload = rest.Payload[length..] };
            if (gathered.Count == wanted) Flush();
        }
    }

    /// <summary>Says what is gathered, though more was to come.</summary>
    /// <returns>False if nothing is.</returns>
    public bool Flush()
    {
        if (gathered.Count == 0) return false;
        var length = gathered.Count;
        var tlp = length == last.Length ? last
            : first.Tlp with { Length = length, LastByteEnables = last.Length > 4 ? last.LastByteEnables : last.FirstByteEnables };
        var whole = first with { Tlp = tlp, Payload = gathered.ToArray() };
        gathered.Clear();
        say(whole);
        return true;
    }

    private bool GoesOn(in Tlp next) =>
        next.Address == first.Tlp.Address + (ulong)gathered.Count && next.IsEnabled(0) && last.IsEnabled(last.Length - 1);
}
