using System.Runtime.InteropServices;
using Pcie.Time;

namespace Pcie.Trace;

/// <summary>Which of the two programs recorded an event.</summary>
public enum TraceSide : byte
{
    Host = 0,
    Device = 1,
}

/// <summary>One thing that happened, in 32 bytes.</summary>
/// <remarks>
/// Four words, so that the compiler keeps an event in registers and writes it as words: a struct of more fields it builds in memory, byte by byte,
/// and copying that wider than it was written waits for the writing. <see cref="TraceFile"/> has the bytes of a recording.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 32)]
public readonly record struct TraceEvent
{
    /// <summary>For <see cref="Processor"/>: what happened did not happen on a processor.</summary>
    public const byte NoProcessor = 255;

    private const int ProcessorShift = 16, SideShift = 24, SourceShift = 32;

    public TraceEvent(SimTime time, TraceKind kind, byte processor, TraceSide side, uint source, long a, long b)
        : this(time, (ulong)kind | (ulong)processor << ProcessorShift | (ulong)side << SideShift | (ulong)source << SourceShift, a, b)
    {
    }

    internal TraceEvent(SimTime time, ulong what, long a, long b) => (Time, What, A, B) = (time, what, a, b);

    public SimTime Time { get; init; }

    /// <summary>Kind, processor, side and source, from the lowest bit up.</summary>
    internal ulong What { get; init; }

    public long A { get; init; }
    public long B { get; init; }

    public TraceKind Kind
    {
        get => (TraceKind)(ushort)What;
        init => What = (What & ~(ulong)ushort.MaxValue) | (ulong)value;
    }

    public byte Processor
    {
        get => (byte)(What >> ProcessorShift);
        init => What = (What & ~((ulong)byte.MaxValue << ProcessorShift)) | (ulong)value << ProcessorShift;
    }

    public TraceSide Side
    {
        get => (TraceSide)(byte)(What >> SideShift);
        init => What = (What & ~((ulong)byte.MaxValue << SideShift)) | (ulong)value << SideShift;
    }

    public uint Source
    {
        get => (uint)(What >> SourceShift);
        init => What = (What & ~((ulong)uint.MaxValue << SourceShift)) | (ulong)value << SourceShift;
    }
}
