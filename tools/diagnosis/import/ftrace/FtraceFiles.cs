namespace Pcie.Diagnosis.Import.Ftrace;

/// <summary>
/// The recordings of which a text of <c>trace-cmd report</c> has been made: of several (<c>-i host.dat -i guest.dat</c>) each line begins with its
/// file's name, and each is of a machine of its own, whose processors have the same numbers. Of the instances of one recording each line begins with
/// its instance's name, or with none, and all are of one machine.
/// </summary>
internal sealed class FtraceFiles
{
    // As many as somebody types.
    private const int MaxFiles = 64;

    private readonly List<byte[]> names = [];
    private bool isOfOne;

    /// <summary>Looks for <c>host.dat: cpus=4</c>, or <c>cpus=4</c> alone.</summary>
    public void ReadHead(ReadOnlySpan<byte> line)
    {
        line = line.TrimStart((byte)' ');
        if (line.StartsWith("cpus="u8)) isOfOne = true;
        else if (line.IndexOf(": cpus="u8) is var at and > 0 && names.Count < MaxFiles) names.Add(line[..at].ToArray());
    }

    /// <summary>Takes a line's name off it. False if it is of another machine than the first lines.</summary>
    public bool TryRead(ref ReadOnlySpan<byte> line)
    {
        if (names.Count == 0) return true;
        var text = line.TrimStart((byte)' ');
        for (var i = 0; i < names.Count; i++)
        {
            if (!text.StartsWith(names[i]) || !text[names[i].Length..].StartsWith(": "u8)) continue;
            line = text[(names[i].Length + 2)..];
            return i == 0 || isOfOne;
        }
        return true;
    }
}
