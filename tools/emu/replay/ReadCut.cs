using Pcie.Link.Recording;
using Pcie.Pci;

namespace Pcie.Emu.Replay;

/// <summary>
/// What a device asks of host memory, cut as the recorded device cut it, and what the recorded host answered, put together as this one asks for it.
/// </summary>
/// <param name="expected">What is expected of its reads.</param>
/// <param name="say">Takes them, cut, with tags by which the answers come back.</param>
/// <param name="answer">Answers one of the device's own.</param>
internal sealed class ReadCut(ExpectedSpeech expected, Action<RecordedTlp> say, ReadCut.Answering answer)
{
    // Of ten bits, as on the bus.
    private const int Tags = 1024;

    // Those that are not wholly asked for, or not answered.
    private readonly List<Recorded> open = [];
    private int tag;

    public delegate void Answering(in Tlp completion, ReadOnlySpan<byte> payload);

    /// <returns>False for a read that the recording does not have, or does not have as much of.</returns>
    public bool TryRead(in RecordedTlp said)
    {
        var asked = new Asked(said.Tlp);
        for (var rest = said; rest.Tlp.Length > 0;)
        {
            var address = rest.Tlp.Address;
            var part = open.Find(one => one.Left > 0 && one.Next == address) ?? TryBegin(rest);
            if (part is null) return false;
            var length = Math.Min(rest.Tlp.Length, part.Left);
            part.Take(asked, (int)(address - said.Tlp.Address), length);
            rest = rest with { Tlp = rest.Tlp.From(length) };
        }
        Settle();
        return true;

        Recorded? TryBegin(in RecordedTlp rest)
        {
            if (expected.FirstAt(rest.Tlp) is not { } recorded) return null;
            // As long as that, if this is not the whole of it: which of its last bytes are meant is not known yet.
            var whole = recorded.Tlp.Length == rest.Tlp.Length ? rest.Tlp
                : rest.Tlp with { Length = recorded.Tlp.Length, LastByteEnables = recorded.Tlp.LastByteEnables };
            var begun = new Recorded(recorded, whole with { Tag = (ushort)tag });
            tag = (tag + 1) % Tags;
            open.Add(begun);
            say(rest with { Tlp = begun.Whole });
            return begun;
        }
    }

    /// <summary>What is not wholly asked for, and how much of it is; that is given up.</summary>
    public IReadOnlyList<(RecordedTlp Expected, Tlp Asked)> TakeUnfinished()
    {
        var unfinished = open.Where(one => one.Left > 0).ToList();
        open.RemoveAll(unfinished.Contains);
        return [.. unfinished.Select(one => (one.Expected, one.Whole.Before(one.Whole.Length - one.Left)))];
    }

    /// <summary>Whether something is not wholly asked for.</summary>
    public bool IsUnfinished => open.Exists(one => one.Left > 0);

    /// <summary>The recorded host answers a recorded read: whoever has asked for a part of it gets that.</summary>
    public void Complete(in Tlp completion, ReadOnlySpan<byte> payload)
    {
        var of = completion.Tag;
        open.Find(one => one.Whole.Tag == of)?.Complete(completion.Status, payload);
        Settle();
    }

    private void Settle()
    {
        foreach (var asked in open.SelectMany(one => one.Askers).Distinct().Where(asked => asked.IsDue).ToList())
        {
            asked.IsDue = false;
            answer(Tlp.CompletionOf(asked.Tlp, asked.Status), asked.Status == CompletionStatus.Successful ? asked.Bytes : default);
        }
        open.RemoveAll(one => one.Left == 0 && one.IsAnswered);
    }

    // A read of the device in this replay.
    private sealed class Asked(Tlp tlp)
    {
        private int missing = tlp.Length;

        public Tlp Tlp { get; } = tlp;

        public byte[] Bytes { get; } = new byte[tlp.Length];

        public CompletionStatus Status { get; private set; } = CompletionStatus.Successful;

        /// <summary>Whether all of it is there, and it has not been answered.</summary>
        public bool IsDue { get; set; }

        public void Give(int at, CompletionStatus status, ReadOnlySpan<byte> bytes, int count)
        {
            if (status == CompletionStatus.Successful) bytes.CopyTo(Bytes.AsSpan(at));
            else Status = status;
            IsDue = (missing -= count) == 0;
        }
    }

    // A read of the recording.
    private sealed class Recorded(RecordedTlp expected, Tlp whole)
    {
        private readonly List<(Asked By, int At, int From, int Count)> parts = [];
        private CompletionStatus status;
        private byte[]? bytes;

        public RecordedTlp Expected { get; } = expected;

        /// <summary>As the device would have asked.</summary>
        public Tlp Whole { get; } = whole;

        /// <summary>Bytes that the device has not asked for.</summary>
        public int Left { get; private set; } = whole.Length;

        public ulong Next => Whole.Address + (ulong)(Whole.Length - Left);

        public bool IsAnswered => bytes is not null;

        public IEnumerable<Asked> Askers => parts.Select(part => part.By);

        public void Take(Asked by, int at, int count)
        {
            parts.Add((by, at, Whole.Length - Left, count));
            Left -= count;
            if (IsAnswered) Give(parts[^1]);
        }

        public void Complete(CompletionStatus said, ReadOnlySpan<byte> payload)
        {
            (status, bytes) = (said, payload.ToArray());
            foreach (var part in parts) Give(part);
        }

        private void Give((Asked By, int At, int From, int Count) part) => part.By.Give(part.At, status,
            status == CompletionStatus.Successful ? bytes.AsSpan(part.From, part.Count) : default, part.Count);
    }
}
