using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Recording;

/// <summary>Records a session as it goes by. Safe from several threads.</summary>
/// <remarks>Recording allocates nothing in steady state, and waits only when the stream is megabytes behind.</remarks>
public sealed class SessionWriter : IDisposable
{
    private readonly Lock gate = new();
    private readonly SessionHead head;
    private readonly Stream stream;
    private readonly BlockWriter output;
    private SessionBlock block;
    private long started;
    private bool ended;

    /// <param name="stream">Written from now on, and disposed at the end.</param>
    public SessionWriter(Stream stream, SessionHead head)
    {
        this.stream = stream;
        this.head = head;
        WriteHead();
        output = new BlockWriter(stream);
        block = output.Rent();
    }

    /// <summary>Creates the file, and begins.</summary>
    public static SessionWriter Create(string path, SessionHead head) =>
        new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0), head);

    /// <summary>TLPs recorded.</summary>
    public long Count { get; private set; }

    /// <summary>Records what is in a frame; the frame stays the caller's.</summary>
    /// <exception cref="IOException">The stream takes no more.</exception>
    public void Record(Frame frame, LinkDirection direction)
    {
        lock (gate)
        {
            if (ended) return;
            // What the host said must be whole: it is to be said again.
            var kept = direction == LinkDirection.HostToDevice ? SessionHead.WholePayloads : head.PayloadKept;
            var seen = head.Pacing == Pacing.WallClock ? SinceTheFirst() : SimTime.Zero;
            for (var i = 0; i < frame.Count; i++)
            {
                ref readonly var tlp = ref frame[i];
                block.Add(tlp, frame.PayloadOf(tlp), direction, head.Pacing == Pacing.WallClock ? seen : tlp.SentAt, kept);
                if (block.IsFull) Flush();
            }
            if (frame.EndOfRun != SimTime.Never) block.AddEndOfRun(frame.EndOfRun);
            Count += frame.Count;
        }
    }

    /// <summary>The session is over, and the recording whole. What comes later is not recorded.</summary>
    public void End(LinkDown down)
    {
        lock (gate)
        {
            if (ended) return;
            ended = true;
            block.AddEndOfSession(down);
            try
            {
                output.Write(block);
                output.Dispose();
            }
            finally
            {
                stream.Dispose();
            }
        }
    }

    public void Dispose() => End(new LinkDown(LinkDownReason.PeerGone, "Recording was stopped."));

    private void Flush()
    {
        output.Write(block);
        block = output.Rent();
    }

    private SimTime SinceTheFirst()
    {
        if (started == 0) started = Stopwatch.GetTimestamp();
        return new SimTime((long)Stopwatch.GetElapsedTime(started).TotalNanoseconds);
    }

    private void WriteHead()
    {
        var bytes = head.Encode();
        Span<byte> numbers = stackalloc byte[sizeof(ulong)];
        stream.Write(SessionFormat.Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(numbers, SessionFormat.Version);
        BinaryPrimitives.WriteInt32LittleEndian(numbers[4..], bytes.Length);
        stream.Write(numbers);
        stream.Write(bytes);
        BinaryPrimitives.WriteUInt64LittleEndian(numbers, XxHash3.HashToUInt64(bytes));
        stream.Write(numbers);
    }
}
