using Pcie.Diagnosis.Attribution;
using Pcie.Playback;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.Diagnosis.Report;

/// <summary>
/// What one processor did while a DPC waited: a lane for ISRs, one for DPCs, one for what else held it, and the card's: chunks that arrive, and how
/// many lie uncopied in the DMA buffer. Times count from the beginning of the wait.
/// </summary>
internal static class TimelinePicture
{
    private const double Left = 90, Width = 860, LaneHeight = 26, BufferHeight = 64, Top = 20;

    // Of a wide one, so that a name that is written into its bar lies in it.
    private const double LetterWidth = 7.5;

    // A browser draws no more with pleasure, and nobody could tell them apart.
    private const int MaxIntervals = 4000;

    /// <param name="trace">For the card's lane; null for a recording of a real machine.</param>
    /// <param name="slots">Of the DMA buffer, 0 if unknown.</param>
    /// <param name="overrun">When the chunk was destroyed, if one was.</param>
    public static Html Of(Wait wait, Func<int, string> nameOf, TraceRecording? trace, long slots, SimTime? overrun)
    {
        var begin = wait.Evidence.Count == 0 ? wait.Since : SimTime.Min(wait.Since, wait.Evidence[0].Begin);
        var pad = new Duration(Math.Max(1, (wait.Ended - begin).Nanoseconds / 40));
        var from = begin - SimTime.Zero > pad ? begin - pad : SimTime.Zero;
        var axis = new TimeAxis(from, wait.Ended + pad, wait.Since, Left, Width);
        var stream = trace is null ? [] : Stream(trace, from, wait.Ended + pad);
        string[] names = trace is null ? ["ISR", "DPC", "thread, stop"] : ["ISR", "DPC", "thread, stop", "card"];
        var lanes = names.Length * LaneHeight + Top;
        var height = lanes + (stream.Count > 0 ? BufferHeight : 0) + 26;
        var svg = new Html().BeginPicture(Left + Width + 10, height, $"Timeline of CPU {wait.Processor}");
        for (var lane = 0; lane < names.Length; lane++)
            svg.Add($"<rect class='lane' x='{Left}' y='{Y(lane)}' width='{Width}' height='{LaneHeight - 4}'/>")
                .Add($"<text class='name' x='{Left - 6}' y='{Y(lane) + 15}' text-anchor='end'>{names[lane]}</text>");
        svg.Add($"<rect class='wait' x='{axis.At(wait.Since)}' y='{Top - 4}' width='{axis.At(wait.Began) - axis.At(wait.Since)}' ")
            .Add($"height='{3 * LaneHeight}'><title>waited {wait.Delay}</title></rect>");
        foreach (var interval in wait.Evidence.OrderByDescending(interval => interval.End - interval.Begin).Take(MaxIntervals))
            Draw(svg, axis, new Bar(LaneOf(interval.Kind), ClassOf(interval.Kind), interval.Begin, interval.End, nameOf(interval.Source)));
        Draw(svg, axis, new Bar(wait.IsOfIsr ? 0 : 1, "own", wait.Began, wait.Ended, wait.Source));
        foreach (var (time, kind, _, chunk) in stream)
            if (kind == TraceKind.ChunkArrived)
                svg.Add($"<rect class='card' x='{axis.At(time) - 1}' y='{Y(3)}' width='2' height='{LaneHeight - 4}'>")
                    .Add($"<title>chunk {chunk} arrived at {time}</title></rect>");
        if (stream.Count > 0) Buffer(svg, axis, stream, lanes, slots);
        if (overrun is { } at)
            svg.Add($"<line class='bad' x1='{axis.At(at)}' x2='{axis.At(at)}' y1='{Top - 4}' y2='{height - 24}'>")
                .Add($"<title>overrun at {at}</title></line>")
                .Add($"<text class='lost' x='{axis.At(at)}' y='{Top - 8}' text-anchor='middle'>overwritten</text>");
        foreach (var (x, since) in axis.Marks())
            svg.Add($"<line class='tick' x1='{x}' x2='{x}' y1='{height - 22}' y2='{height - 18}'/>")
                .Add($"<text class='mark' x='{x}' y='{height - 6}' text-anchor='{TimeAxis.AnchorAt(x, Left + Width)}'>{since}</text>");
        return svg.EndPicture();
    }

    private static double Y(int lane) => Top + lane * LaneHeight;

    private static void Draw(Html svg, TimeAxis axis, in Bar bar)
    {
        var (x, y, width) = (axis.At(bar.Begin), Y(bar.Lane), Math.Max(0.7, axis.At(bar.End) - axis.At(bar.Begin)));
        svg.Add($"<rect class='{bar.Class}' x='{x}' y='{y}' width='{width}' height='{LaneHeight - 4}'>")
            .Add($"<title>{bar.Name}: {bar.End - bar.Begin}, from {bar.Begin}</title></rect>");
        // On paper nobody can hover.
        if (width > bar.Name.Length * LetterWidth + 10) svg.Add($"<text class='in' x='{x + 5}' y='{y + 15}'>{bar.Name}</text>");
    }

    private static int LaneOf(IntervalKind kind) => kind switch
    {
        IntervalKind.Isr => 0,
        IntervalKind.Dpc or IntervalKind.TimerDpc => 1,
        _ => 2,
    };

    private static string ClassOf(IntervalKind kind) => kind switch
    {
        IntervalKind.Isr => "isr",
        IntervalKind.Dpc or IntervalKind.TimerDpc => "dpc",
        IntervalKind.Stall => "stop",
        _ => "thread",
    };

    // Chunks in the buffer over the time of the picture. What lay there before is what must have, for the count never to be negative.
    private static List<(SimTime Time, TraceKind Kind, int Count, long Chunk)> Stream(TraceRecording trace, SimTime from, SimTime to)
    {
        var (stream, count, least) = (new List<(SimTime Time, TraceKind Kind, int Count, long Chunk)>(), 0, 0);
        foreach (var block in trace.Blocks)
        {
            if (block.Span[^1].Time < from || block.Span[0].Time > to) continue;
            foreach (ref readonly var e in block.Span)
            {
                if (e.Time < from || e.Time > to) continue;
                if (e.Kind is not (TraceKind.ChunkArrived or TraceKind.ChunkCopied or TraceKind.ChunkRefused or TraceKind.Overrun)) continue;
                stream.Add((e.Time, e.Kind, count += e.Kind == TraceKind.ChunkArrived ? 1 : -1, e.A));
                least = Math.Min(least, count);
            }
        }
        return [.. stream.Select(step => step with { Count = step.Count - least })];
    }

    private static void Buffer(Html svg, TimeAxis axis, List<(SimTime Time, TraceKind Kind, int Count, long Chunk)> stream, double top, long slots)
    {
        var most = Math.Max(stream.Max(step => step.Count), (int)Math.Min(slots, 64));
        double At(double count) => top + BufferHeight - 8 - (BufferHeight - 16) * count / Math.Max(1, most);
        svg.Add($"<text class='name' x='{Left - 6}' y='{top + 30}' text-anchor='end'>in buffer</text>");
        if (slots > 0 && slots <= most)
            svg.Add($"<line class='limit' x1='{Left}' x2='{Left + Width}' y1='{At(slots)}' y2='{At(slots)}'/>")
                .Add($"<text class='mark' x='{Left + 4}' y='{At(slots) + 12}'>full: {slots} slot{(slots == 1 ? "" : "s")}</text>");
        var before = stream[0].Count + (stream[0].Kind == TraceKind.ChunkArrived ? -1 : 1);
        var path = new Html().Add($"M{Left} {At(before)}");
        foreach (var step in stream) path.Add($"H{axis.At(step.Time)}V{At(step.Count)}");
        path.Add($"H{Left + Width}");
        svg.Add($"<path class='count' d='{path}'/>");
    }

    private readonly record struct Bar(int Lane, string Class, SimTime Begin, SimTime End, string Name);
}
