using System.Runtime.InteropServices;
using Pcie.Time;

namespace Pcie.Trace;

/// <summary>Which of the two programs recorded an event.</summary>
public enum TraceSide : byte
{
    Host = 0,
    Device = 1,
}

/// <summary>One thing that happened, in 32 bytes. The same layout, little-endian, is a recording's.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = 32)]
public readonly record struct TraceEvent(
    SimTime Time, TraceKind Kind, byte Processor, TraceSide Side, uint Source, long A, long B)
{
    /// <summary>For <see cref="Processor"/>: what happened did not happen on a processor.</summary>
    public const byte NoProcessor = 255;
}
