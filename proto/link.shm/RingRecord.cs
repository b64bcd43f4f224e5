using System.Runtime.InteropServices;
using Pcie.Link.Codec;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Shm;

/// <summary>
/// A frame in a ring: a head, a line for each TLP, and then all payloads without gaps. Heads, lines and the end of the payloads are aligned to
/// <see cref="Align"/>, so that none of them straddles the end of the ring.
/// </summary>
internal static class RingRecord
{
    public const int Align = 32;

    private const uint PromiseRequested = 1;

    /// <summary>How far a payload reaches, up to the next head (bytes).</summary>
    public static int Padded(int bytes) => (bytes + Align - 1) & -Align;

    public static Head HeadOf(Frame frame) => new()
    {
        Count = (uint)frame.Count, Flags = frame.PromiseRequested ? PromiseRequested : 0, Promise = (ulong)frame.Promise.Nanoseconds,
        EndOfRun = (ulong)frame.EndOfRun.Nanoseconds,
    };

    public static Line LineOf(in Tlp tlp) => new()
    {
        Kind = (byte)tlp.Kind, Status = (byte)tlp.Status, FirstByteEnables = tlp.FirstByteEnables, LastByteEnables = tlp.LastByteEnables,
        Tag = tlp.Tag, Length = (uint)tlp.Length, Address = tlp.Address, SentAt = (ulong)tlp.SentAt.Nanoseconds,
    };

    /// <summary>Takes a head that is a copy: what it says does not change any more.</summary>
    /// <returns>How many lines follow.</returns>
    /// <exception cref="LinkProtocolException">It breaks a rule of link.proto.</exception>
    public static int Read(in Head head, LinkDirection direction, Frame frame)
    {
        if (head.Count > Frame.MaxTlps) throw new LinkProtocolException($"A frame of {head.Count} TLPs; at most {Frame.MaxTlps} are allowed.");
        frame.PromiseRequested = (head.Flags & PromiseRequested) != 0;
        frame.Promise = FrameRules.Time(head.Promise, "promise_ns", SimTime.Never);
        frame.EndOfRun = FrameRules.Time(head.EndOfRun, "end_of_run_ns", SimTime.Never);
        FrameRules.Check(frame, direction);
        return (int)head.Count;
    }

    /// <summary>Takes a line, a copy likewise; its payload is still to come.</summary>
    /// <exception cref="LinkProtocolException">It breaks a rule of link.proto.</exception>
    public static void Read(in Line line, LinkDirection direction, Frame frame) => FrameRules.Add(frame, direction, new TlpFields
    {
        Kind = line.Kind, Status = line.Status, Tag = line.Tag, Address = line.Address, Length = line.Length,
        FirstByteEnables = line.FirstByteEnables, LastByteEnables = line.LastByteEnables,
        SentAt = FrameRules.Time(line.SentAt, "sent_at_ns", FrameRules.LastTime),
    });

    /// <summary>The beginning of a frame, as link.proto's; times are nanoseconds.</summary>
    [StructLayout(LayoutKind.Explicit, Size = Align)]
    internal struct Head
    {
        [FieldOffset(0)] public uint Count;
        [FieldOffset(4)] public uint Flags;
        [FieldOffset(8)] public ulong Promise;

        // 2^63 - 1 in all frames but the last.
        [FieldOffset(16)] public ulong EndOfRun;
    }

    /// <summary>A TLP without its payload.</summary>
    [StructLayout(LayoutKind.Explicit, Size = Align)]
    internal struct Line
    {
        [FieldOffset(0)] public byte Kind;
        [FieldOffset(1)] public byte Status;
        [FieldOffset(2)] public byte FirstByteEnables;
        [FieldOffset(3)] public byte LastByteEnables;
        [FieldOffset(4)] public ushort Tag;
        [FieldOffset(8)] public uint Length;
        [FieldOffset(16)] public ulong Address;
        [FieldOffset(24)] public ulong SentAt;
    }
}
