using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using Pcie.Daq;
using Pcie.Link.Recording;
using Pcie.Pci;

namespace Pcie.Emu.Replay;

/// <summary>Compares what a device says with what it said in a recording, field by field. Tags of its own requests are its own business.</summary>
/// <param name="options">What is compared.</param>
internal sealed class TlpComparison(SessionReplayOptions options)
{
    /// <summary>Whether they are alike, time apart.</summary>
    /// <param name="request">The request that they answer, if they are completions: a byte that it did not ask for means nothing.</param>
    public bool AreAlike(in RecordedTlp expected, in RecordedTlp seen, in Tlp? request)
    {
        var (a, b) = (expected.Tlp, seen.Tlp);
        return a.Kind == b.Kind && a.Address == b.Address && a.Length == b.Length && a.Status == b.Status
            && a.FirstByteEnables == b.FirstByteEnables && a.LastByteEnables == b.LastByteEnables
            && (options.IgnoreData || DataDifference(expected, seen, request) is null);
    }

    /// <summary>Every field that is not alike; of times, if they count.</summary>
    /// <inheritdoc cref="AreAlike"/>
    public IReadOnlyList<FieldDifference> Fields(in RecordedTlp expected, in RecordedTlp seen, in Tlp? request)
    {
        var (a, b) = (expected.Tlp, seen.Tlp);
        var fields = new List<FieldDifference>();
        Add("kind", TlpNames.Of(a), TlpNames.Of(b));
        Add("status", TlpNames.Of(a.Status), TlpNames.Of(b.Status));
        Add("address", $"0x{a.Address:x}", $"0x{b.Address:x}");
        Add("length", a.Length.ToString(CultureInfo.InvariantCulture), b.Length.ToString(CultureInfo.InvariantCulture));
        Add("first byte enables", $"{a.FirstByteEnables:b4}", $"{b.FirstByteEnables:b4}");
        Add("last byte enables", $"{a.LastByteEnables:b4}", $"{b.LastByteEnables:b4}");
        var comparable = a.Length == b.Length && a.HasPayload == b.HasPayload && !options.IgnoreData;
        if (comparable && DataDifference(expected, seen, request) is { } data) fields.Add(data);
        if (options.Times) Add("time", a.SentAt.ToString(), b.SentAt.ToString());
        return fields;

        void Add(string name, string was, string isNow)
        {
            if (was != isNow) fields.Add(new FieldDifference(name, was, isNow));
        }
    }

    private FieldDifference? DataDifference(in RecordedTlp expected, in RecordedTlp seen, in Tlp? request)
    {
        var kept = expected.Payload.Span;
        var whole = seen.Payload.Span;
        if (expected.Hash is null && kept.SequenceEqual(whole)) return null;
        var enables = seen.Tlp.Kind == TlpKind.Completion ? request ?? Whole(seen.Tlp) : seen.Tlp;
        var isTimed = options.OtherImplementation && ChunkHeader.TryRead(kept, out _) && ChunkHeader.TryRead(whole, out _);
        var (first, count) = (-1, 0);
        for (var i = 0; i < Math.Min(kept.Length, whole.Length); i++)
        {
            if (kept[i] == whole[i] || !enables.IsEnabled(i) || (isTimed && ChunkHeader.IsTime(i))) continue;
            if (count++ == 0) first = i;
        }
        if (count > 0 && kept.Length == 4 && whole.Length == 4)
            return new FieldDifference("data", Number(kept), Number(whole));
        if (count > 0)
            return new FieldDifference(
                $"data at byte {first}{(count == 1 ? "" : $" and {count - 1} more")}", $"{kept[first]:x2}", $"{whole[first]:x2}");
        if (!isTimed && expected.Hash is { } hash && XxHash3.HashToUInt64(whole) is var now && now != hash)
            return new FieldDifference($"data after byte {kept.Length - 1}, by its hash", $"{hash:x16}", $"{now:x16}");
        return null;
    }

    private static string Number(ReadOnlySpan<byte> bytes) => $"0x{BinaryPrimitives.ReadUInt32LittleEndian(bytes):x8}";

    private static Tlp Whole(in Tlp completion) => completion with { FirstByteEnables = 0xF, LastByteEnables = 0xF };
}
