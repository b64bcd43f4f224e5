using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Hashing;
using NLog;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.Link.Recording;

/// <summary>Records a session as it goes by. Safe from several threads.</summary>
/// <remarks>Recording allocates nothing in steady state, and waits only when the stream is megabytes behind.</remarks>
public sealed class SessionWriter : IDisposable
{
    /// <summary>The longest file, unless another limit is given (bytes).</summary>
    public const long DefaultLimit = 4L << 30;

    /// <summary>Room for what a host does before its driver starts (bytes).</summary>
    public const long LeastLimit = 1 << 20;

    private static readonly Logger Log = LogManager.GetLogger("Pcie.Link.Recording");

    private readonly Lock gate = new();
    private readonly SessionHead head;
    private readonly Stream stream;
    private readonly long limit;
    private readonly BlockWriter output;
    private SessionBlock block;
    private long written;
    private long started;
    private bool ended;

    /// <param name="stream">Written from now on, and disposed at the end.</param>
    /// <param name="limit">Most bytes to write. What would be more ends the recording, not the session, and a warning says so.</param>
    public SessionWriter(Stream stream, SessionHead head, long limit = DefaultLimit)
    {
        (this.stream, this.head, this.limit) = (stream, head, limit);
        WriteHead();
        output = new BlockWriter(stream);
        block = output.Rent();
    }

    /// <summary>Creates the file, and begins.</summary>
    public static SessionWriter Create(string path, SessionHead head, long limit = DefaultLimit) =>
        new(new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0), head, limit);

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
                if (written + block.Length + SessionBlock.MostOf(tlp, kept) > limit - SessionBlock.MostOfEnds)
                {
                    EndAtLimit();
                    return;
                }
                block.Add(tlp, frame.PayloadOf(tlp), direction, head.Pacing == Pacing.WallClock ? seen : tlp.SentAt, kept);
                Count++;
                if (block.IsFull) Flush();
            }
            if (frame.EndOfRun != SimTime.Never) block.AddEndOfRun(frame.EndOfRun);
        }
    }

    /// <summary>The session is over, and the recording whole. What comes later is not recorded.</summary>
    public void End(LinkDown down)
    {
        lock (gate)
        {
            if (ended) return;
            block.AddEndOfSession(down);
            WriteLast();
        }
    }

    public void Dispose() => End(new LinkDown(LinkDownReason.PeerGone, "Recording was stopped."));

    private void EndAtLimit()
    {
        Log.Warn("The recording of the session ends after {0} TLPs, at its limit of {1} bytes; the session goes on.", Count, limit);
        block.AddCut();
        WriteLast();
    }

    private void WriteLast()
    {
        ended = true;
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

    private void Flush()
    {
        written += block.Length;
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
        written = SessionFormat.Magic.Length + 2 * sizeof(ulong) + bytes.Length;
    }
}
