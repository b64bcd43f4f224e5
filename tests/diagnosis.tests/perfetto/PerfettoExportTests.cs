using CsCheck;
using Pcie.Diagnosis.Import;
using Pcie.Diagnosis.Machine;
using Pcie.Diagnosis.Perfetto;
using Pcie.Diagnosis.Perfetto.Wire;
using Pcie.Diagnosis.Tests.Import;
using Pcie.Playback;
using Pcie.Time;
using Pcie.Trace;
using Type = Pcie.Diagnosis.Perfetto.Wire.TrackEvent.Types.Type;
using PerfettoTrace = Pcie.Diagnosis.Perfetto.Wire.Trace;

namespace Pcie.Diagnosis.Tests.Perfetto;

/// <summary>What Perfetto demands of a trace: slices of a track nest and end, times rise on a sequence, names and arrows are known.</summary>
public sealed class PerfettoExportTests
{
    // protos/perfetto/trace of google/perfetto, commit ec5d16b14b74.
    [Theory]
    [InlineData("TracePacket",
        "timestamp 8, trusted_packet_sequence_id 10, track_event 11, interned_data 12, sequence_flags 13, track_descriptor 60")]
    [InlineData("TrackDescriptor", "uuid 1, name 2, parent_uuid 5, counter 8, child_ordering 11, sibling_order_rank 12")]
    [InlineData("CounterDescriptor", "unit 3")]
    [InlineData("TrackEvent",
        "category_iids 3, debug_annotations 4, type 9, name_iid 10, track_uuid 11, counter_value 30, flow_ids 47, terminating_flow_ids 48")]
    [InlineData("DebugAnnotation", "int_value 4, name 10")]
    [InlineData("InternedData", "event_categories 1, event_names 2")]
    [InlineData("EventName", "iid 1, name 2")]
    [InlineData("EventCategory", "iid 1, name 2")]
    [InlineData("Trace", "packet 1")]
    public void FieldsHaveTheOfficialSchemasNumbers(string message, string fields) => Assert.Equal(
        fields,
        string.Join(", ", PerfettoReflection.Descriptor.FindTypeByName<Google.Protobuf.Reflection.MessageDescriptor>(message)
            .Fields.InFieldNumberOrder().Select(field => $"{field.Name} {field.FieldNumber}")));

    [Fact]
    public void SlicesOfAnyIntervalsNestAndEndAndTimesRise() => Gen.Select(Gen.Int[0, 6], Gen.Int[0, 1], Gen.Long[0, 500], Gen.Long[0, 80])
        .Array[0, 60].Sample(drawn =>
        {
            var (trace, _) = Export(sink =>
            {
                foreach (var (kind, processor, begin, length) in drawn.OrderBy(d => d.Item3 + d.Item4))
                    sink.Add(new Interval(
                        (IntervalKind)kind, (ushort)processor, sink.Source($"<{kind}>"), new SimTime(begin), new SimTime(begin + length)));
            });
            Assert.Equal(drawn.Length, Check(trace));
        });

    [Fact]
    public void AnIsrInsideADpcIsASliceInsideItsSlice()
    {
        var (trace, export) = Export(sink =>
        {
            sink.Add(new Interval(IntervalKind.Isr, 0, sink.Source("isr"), new SimTime(20), new SimTime(30)));
            sink.Add(new Interval(IntervalKind.Dpc, 0, sink.Source("dpc"), new SimTime(20), new SimTime(30)));
            sink.Add(new Interval(IntervalKind.Thread, 0, sink.Source("thread"), new SimTime(10), new SimTime(40)));
        });
        Assert.Equal(["10 thread", "20 dpc", "20 isr", "30 end", "30 end", "40 end"], Lines(trace));
        Assert.Equal((3, 0), (export.Slices, export.Cut));
    }

    // More than a lane holds back, so that it has to write in between.
    [Fact]
    public void HoweverManyIntervalsComeNoneIsCutThatNests()
    {
        const int Dpcs = 20_000;
        var (trace, export) = Export(sink =>
        {
            var (isr, dpc) = (sink.Source("isr"), sink.Source("dpc"));
            for (var i = 0L; i < Dpcs; i++)
            {
                for (var inner = 1; inner < 4; inner++)
                    sink.Add(new Interval(IntervalKind.Isr, 0, isr, new SimTime(100 * i + 10 * inner), new SimTime(100 * i + 10 * inner + 5)));
                sink.Add(new Interval(IntervalKind.Dpc, 0, dpc, new SimTime(100 * i), new SimTime(100 * i + 50)));
            }
        });
        Assert.Equal((4 * Dpcs, 0), (export.Slices, export.Cut));
        Assert.Equal(4 * Dpcs, Check(trace));
    }

    // One thread's interval lies around all: it cannot be known until it ends.
    [Fact]
    public void AnIntervalAroundMoreThanIsHeldBackIsCutAndCounted()
    {
        var (trace, export) = Export(sink =>
        {
            for (var i = 0L; i < 20_000; i++)
                sink.Add(new Interval(IntervalKind.Isr, 0, sink.Source("isr"), new SimTime(10 * i + 5), new SimTime(10 * i + 9)));
            sink.Add(new Interval(IntervalKind.Thread, 0, sink.Source("thread"), new SimTime(0), new SimTime(200_000)));
        });
        Assert.Equal((20_001, 1), (export.Slices, export.Cut));
        Assert.Equal(20_001, Check(trace));
    }

    [Fact]
    public void WhatOverlapsByARoundingIsCutAndCounted()
    {
        var (trace, export) = Export(sink =>
        {
            sink.Add(new Interval(IntervalKind.Dpc, 0, sink.Source("first"), new SimTime(10), new SimTime(31)));
            sink.Add(new Interval(IntervalKind.Dpc, 0, sink.Source("second"), new SimTime(30), new SimTime(50)));
        });
        Assert.Equal(["10 first", "30 second", "31 end", "31 end"], Lines(trace));
        Assert.Equal(1, export.Cut);
    }

    [Fact]
    public void AnArrowLeadsFromEachRequestToTheRunThatAnswersIt()
    {
        var (trace, _) = Export(sink =>
        {
            var dpc = sink.Source("dpc");
            sink.Add(new Instant(InstantKind.DpcQueued, 0, dpc, new SimTime(5)));
            sink.Add(new Instant(InstantKind.DpcCoalesced, 0, dpc, new SimTime(7)));
            sink.Add(new Interval(IntervalKind.Dpc, 0, dpc, new SimTime(9), new SimTime(12)));
        });
        var events = trace.Packet.Where(packet => packet.TrackEvent is not null).Select(packet => packet.TrackEvent).ToList();
        Assert.Equal(
            events.Where(e => e.Type == Type.Instant).SelectMany(e => e.FlowIds), events.Single(e => e.Type == Type.SliceBegin).TerminatingFlowIds);
        Assert.Equal(2, events.Sum(e => e.FlowIds.Count));
    }

    [Fact]
    public void AMessageHasAnArrowToItsIsrAndCountersTellWhatIsWaiting()
    {
        var recording = new TraceRecording();
        recording.NameSources(TraceSide.Host, [new("daq message 0", SourceRole.DeviceMessage)]);
        recording.NameSources(TraceSide.Device, [new("card")]);
        Record(1, TraceKind.ChunkStarted, TraceSide.Device, 7, 0);
        Record(2, TraceKind.ChunkWritten, TraceSide.Device, 7, 0);
        Record(2, TraceKind.InterruptSent, TraceSide.Device, 0, 0);
        Record(3, TraceKind.ChunkArrived, TraceSide.Host, 7, 0);
        Record(4, TraceKind.IsrBegin, TraceSide.Host, 65, 0);
        Record(5, TraceKind.DpcQueued, TraceSide.Host, 1, 1);
        Record(6, TraceKind.IsrEnd, TraceSide.Host, 65, 0);
        Record(7, TraceKind.DpcBegin, TraceSide.Host, 0, 0);
        Record(8, TraceKind.ChunkCopied, TraceSide.Host, 7, 1);
        Record(9, TraceKind.DpcEnd, TraceSide.Host, 0, 0);
        var stream = new MemoryStream();
        PerfettoExport.OfTrace(recording, stream);
        var trace = PerfettoTrace.Parser.ParseFrom(stream.ToArray());

        Assert.Equal(3, Check(trace));
        var flows = trace.Packet.Where(p => p.TrackEvent is not null).Select(p => (At: p.Timestamp, p.TrackEvent)).ToList();
        Assert.Equal(
            flows.Single(f => f.At == 4).TrackEvent.TerminatingFlowIds,
            flows.Single(f => f.At == 2 && f.TrackEvent.Type == Type.Instant).TrackEvent.FlowIds);
        Assert.Equal(flows.Single(f => f.At == 7 && f.TrackEvent.Type == Type.SliceBegin).TrackEvent.TerminatingFlowIds,
            flows.Single(f => f.At == 5 && f.TrackEvent.Type == Type.Instant).TrackEvent.FlowIds);
        Assert.Equal(["3 1", "8 0"], Counter(trace, "chunks in the DMA buffer"));
        Assert.Equal(["8 1"], Counter(trace, "chunks in the cyclic buffer"));
        Assert.Equal(["5 1", "7 0"], Counter(trace, "DPC queue of CPU 0"));

        void Record(long at, TraceKind kind, TraceSide side, long a, long b) =>
            recording.Record(new TraceEvent(new SimTime(at), kind, side == TraceSide.Host ? (byte)0 : TraceEvent.NoProcessor, side, 0, a, b));
    }

    [Fact]
    public void ARealRecordingsSlicesNestAndNoneIsLost()
    {
        var machine = new RecordedMachine();
        RecordingImporter.Open(SampleRecording.Path).Import(machine, null, TestContext.Current.CancellationToken);
        var (trace, export) = Export(sink => RecordingImporter.Open(SampleRecording.Path).Import(sink, null, TestContext.Current.CancellationToken));
        Assert.Equal(machine.Intervals.Count, Check(trace));
        Assert.Equal(machine.Intervals.Count, export.Slices);
    }

    private static (PerfettoTrace Trace, PerfettoExport Export) Export(Action<IMachineSink> tell)
    {
        var stream = new MemoryStream();
        var export = PerfettoExport.OfMachine(tell, stream);
        return (PerfettoTrace.Parser.ParseFrom(stream.ToArray()), export);
    }

    // What each rule of the format asks, event by event; the number of slices.
    private static int Check(PerfettoTrace trace)
    {
        var (slices, depth, last) = (0, new Dictionary<ulong, int>(), new Dictionary<uint, ulong>());
        var (known, described) = (new HashSet<(uint, ulong)>(), new HashSet<ulong>());
        foreach (var packet in trace.Packet)
        {
            if (packet.TrackDescriptor is { } track) Assert.True(described.Add(track.Uuid));
            foreach (var name in packet.InternedData?.EventNames ?? []) Assert.True(known.Add((packet.TrustedPacketSequenceId, name.Iid)));
            if (packet.TrackEvent is not { } e) continue;
            Assert.True(packet.Timestamp >= last.GetValueOrDefault(packet.TrustedPacketSequenceId));
            last[packet.TrustedPacketSequenceId] = packet.Timestamp;
            Assert.Contains(e.TrackUuid, described);
            if (e.HasNameIid) Assert.Contains((packet.TrustedPacketSequenceId, e.NameIid), known);
            if (e.Type == Type.SliceBegin) slices++;
            depth[e.TrackUuid] = depth.GetValueOrDefault(e.TrackUuid) + (e.Type switch { Type.SliceBegin => 1, Type.SliceEnd => -1, _ => 0 });
            Assert.True(depth[e.TrackUuid] >= 0);
        }
        Assert.All(depth.Values, left => Assert.Equal(0, left));
        return slices;
    }

    private static IEnumerable<string> Lines(PerfettoTrace trace)
    {
        var names = trace.Packet.SelectMany(p => p.InternedData?.EventNames ?? []).ToDictionary(name => name.Iid, name => name.Name);
        return trace.Packet.Where(p => p.TrackEvent is not null)
            .Select(p => $"{p.Timestamp} {(p.TrackEvent.Type == Type.SliceEnd ? "end" : names[p.TrackEvent.NameIid])}");
    }

    private static IEnumerable<string> Counter(PerfettoTrace trace, string name)
    {
        var uuid = trace.Packet.Single(p => p.TrackDescriptor?.Name == name).TrackDescriptor.Uuid;
        return trace.Packet.Where(p => p.TrackEvent?.TrackUuid == uuid).Select(p => $"{p.Timestamp} {p.TrackEvent.CounterValue}");
    }
}
