using Google.Protobuf;
using Pcie.Diagnosis.Perfetto.Wire;

namespace Pcie.Diagnosis.Perfetto;

/// <summary>A Perfetto trace being written: packets go to the stream as they come, and only names are kept.</summary>
/// <remarks>
/// Each track is a packet sequence of its own, so that times need to rise on a track only; Perfetto joins the tracks by time.
/// </remarks>
internal sealed class PerfettoFile(Stream stream) : IDisposable
{
    // Field 1, length-delimited: Trace.packet.
    private const byte PacketTag = 0x0A;

    private readonly CodedOutputStream output = new(stream, 1 << 16, leaveOpen: true);
    private uint tracks;
    private ulong flows;

    /// <param name="name">What it is called; any text.</param>
    /// <param name="parent">The group that it stands in; null for none.</param>
    /// <param name="unit">Of a counter; null if it has slices and instants.</param>
    public PerfettoTrack AddTrack(string name, PerfettoTrack? parent = null, CounterDescriptor.Types.Unit? unit = null)
    {
        var track = new PerfettoTrack(this, ++tracks);
        Write(new TracePacket
        {
            TrustedPacketSequenceId = tracks,
            SequenceFlags = PerfettoTrack.StateCleared,
            TrackDescriptor = new TrackDescriptor
            {
                Uuid = tracks, Name = name, ParentUuid = parent?.Uuid ?? 0, SiblingOrderRank = (int)tracks,
                ChildOrdering = unit is null ? TrackDescriptor.Types.ChildTracksOrdering.Explicit : TrackDescriptor.Types.ChildTracksOrdering.Unknown,
                Counter = unit is { } counted ? new CounterDescriptor { Unit = counted } : null,
            },
        });
        return track;
    }

    /// <summary>The number for an arrow from one event to another.</summary>
    public ulong AddFlow() => ++flows;

    /// <summary>Writes what is left; the stream stays open.</summary>
    public void Dispose() => output.Dispose();

    internal void Write(TracePacket packet)
    {
        output.WriteRawTag(PacketTag);
        output.WriteMessage(packet);
    }
}
