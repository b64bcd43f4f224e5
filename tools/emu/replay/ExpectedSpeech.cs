using Pcie.Emu.Listing;
using Pcie.Link.Recording;
using Pcie.Pci;

namespace Pcie.Emu.Replay;

/// <summary>What the device said in the recording and has not said yet in the replay, in the order of the recording.</summary>
/// <param name="wanted">Which part of its speech this is.</param>
internal sealed class ExpectedSpeech(string path, Func<RecordedTlp, bool> wanted) : IDisposable
{
    // How far ahead something is looked for that comes out of order.
    private const int Window = 64;

    private readonly SessionCursor cursor = new(path, wanted);
    private readonly List<RecordedTlp> ahead = [];
    private bool ended;

    /// <summary>What is next; null if nothing more is expected.</summary>
    public RecordedTlp? Next => Fill(1) ? ahead[0] : null;

    /// <summary>Finds the first that fits, not too far ahead.</summary>
    /// <returns>How many are before it; -1 if none fits.</returns>
    public int Find(Func<RecordedTlp, bool> fits)
    {
        for (var i = 0; i < Window && Fill(i + 1); i++)
            if (fits(ahead[i])) return i;
        return -1;
    }

    /// <summary>The first that is of the same kind and begins at the same address; null if none does, not too far ahead.</summary>
    public RecordedTlp? FirstAt(Tlp tlp) =>
        Find(one => one.Tlp.Kind == tlp.Kind && one.Tlp.Address == tlp.Address) is >= 0 and var index ? ahead[index] : null;

    /// <summary>It is expected no longer.</summary>
    public RecordedTlp Take(int index)
    {
        var taken = ahead[index];
        ahead.RemoveAt(index);
        return taken;
    }

    public void Dispose() => cursor.Dispose();

    private bool Fill(int count)
    {
        while (ahead.Count < count && !ended)
            if (cursor.MoveNext()) ahead.Add(cursor.Current.Keep());
            else ended = true;
        return ahead.Count >= count;
    }
}
