using Pcie.Diagnosis.Machine;
using Pcie.Playback;
using Pcie.Time;

namespace Pcie.Diagnosis.Calibration;

/// <summary>On one processor: by whom the DPCs and softirqs are asked for that run.</summary>
/// <remarks>An ISR is told when it has ended; what was asked for in it has been told before, and the run that answers comes after.</remarks>
internal sealed class RequestCauses
{
    // Of DPCs that are asked for and never run.
    private const int MostWaiting = 4096;

    private readonly List<Request> waiting = [];

    public void Add(in Instant instant)
    {
        switch (instant.Kind)
        {
            case InstantKind.DpcQueued:
                if (waiting.Count < MostWaiting) waiting.Add(new Request(instant.Source, instant.Time));
                break;
            case InstantKind.DpcTaken:
                for (var i = 0; i < waiting.Count; i++)
                    if (waiting[i].Dpc == instant.Source) waiting[i] = waiting[i] with { IsTaken = true };
                break;
            case InstantKind.DpcRemoved:
                var dpc = instant.Source;
                waiting.RemoveAll(request => request.Dpc == dpc);
                break;
        }
    }

    /// <summary>
    /// Something ran: what was asked for since it began was asked for in it, or in one that came in between and has it already; what was asked for
    /// before has waited for it.
    /// </summary>
    /// <param name="net">How long it ran by itself.</param>
    public void Ran(in Interval interval, Duration net)
    {
        for (var i = waiting.Count - 1; i >= 0; i--)
        {
            var request = waiting[i];
            if (request.At < interval.Begin) waiting[i] = request with { Covered = request.Covered + net };
            else if (!request.IsInside && request.At <= interval.End)
            {
                waiting[i] = request with
                {
                    IsInside = true, Isr = interval.Kind == IntervalKind.Isr ? interval.Source : null,
                };
            }
        }
    }

    /// <summary>
    /// By whom the first request was made that this run answers, and how long the run waited for nobody else, the rest of the ISR and the way out of
    /// it included. Null if there is no request, or another DPC or softirq made it.
    /// </summary>
    /// <param name="net">How long it ran by itself.</param>
    public (RequestOrigin Origin, int Isr, Duration Alone)? Of(in Interval run, Duration net)
    {
        var (dpc, begin) = (run.Source, run.Begin);
        var isTaken = waiting.Exists(request => request.Dpc == dpc && request.IsTaken);
        var at = waiting.FindIndex(Answers);
        if (at < 0) return null;
        var first = waiting[at];
        waiting.RemoveAll(Answers);
        if (run.Kind == IntervalKind.ThreadedDpc) return null;
        if (first.IsInside && first.Isr is null) return null;
        // What came in between while it ran already has been told before it, too.
        var inside = run.End - begin - net;
        var alone = NotNegative(begin - first.At - (first.Covered - inside));
        return first.Isr is { } isr ? (RequestOrigin.Isr, isr, alone) : (RequestOrigin.Thread, -1, alone);

        static Duration NotNegative(Duration time) => time > Duration.Zero ? time : Duration.Zero;

        bool Answers(Request request) => request.Dpc == dpc && (isTaken ? request.IsTaken : request.At <= begin);
    }

    private readonly record struct Request(int Dpc, SimTime At)
    {
        public bool IsTaken { get; init; }
        public bool IsInside { get; init; }
        public int? Isr { get; init; }
        public Duration Covered { get; init; }
    }
}
