using CsCheck;
using Pcie.Time;

namespace Pcie.Trace.Tests;

internal static class TraceSamples
{
    public static readonly TraceSource[] HostSources = [new("-"), new("host one", SourceRole.DeviceMessage), new("host, \"two\"")];
    public static readonly TraceSource[] DeviceSources = [new("-"), new("card µ"), new("")];

    private static readonly TraceKind[] Kinds = Enum.GetValues<TraceKind>();

    public static readonly Gen<TraceEvent> AnyEvent = Gen.Select(
        Gen.Long[0, long.MaxValue], Gen.Int[0, Kinds.Length - 1], Gen.Byte, Gen.Int[0, 1], Gen.UInt[0, 2], Gen.Long, Gen.Long,
        (time, kind, processor, side, source, a, b) =>
            new TraceEvent(new SimTime(time), Kinds[kind], processor, (TraceSide)side, source, a, b));

    public static TraceEvent Event(long time, TraceSide side, long a = 0) =>
        new(new SimTime(time), TraceKind.Tick, TraceEvent.NoProcessor, side, 0, a, 0);

    public static TraceRecording Recording(params IEnumerable<TraceEvent> events)
    {
        var recording = new TraceRecording();
        recording.NameSources(TraceSide.Host, HostSources);
        recording.NameSources(TraceSide.Device, DeviceSources);
        foreach (var e in events) recording.Record(e);
        return recording;
    }

    public static IEnumerable<TraceEvent> Events(this TraceRecording recording) => recording.Blocks.SelectMany(block => block.ToArray());
}
