using Pcie.Control.Wire;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Run;
using Pcie.Trace;
using Pcie.Trace.Flight;

namespace Pcie.DriverModel.Control;

/// <summary>The run that this program has under way, for whoever looks at it from outside.</summary>
/// <param name="description">Which it is.</param>
internal sealed class WatchedRun(DriverDescription description)
{
    // An engine at work comes to look within microseconds.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100), LongPatience = TimeSpan.FromSeconds(3);

    private readonly Lock gate = new();
    private HostRun? run;
    private FlightRecorder? flight;
    private DriverSnapshot last = new() { State = "waiting for a card" };
    private uint runs;
    private bool isOver;

    public DriverDescription Description => description;

    /// <summary>A card is attached, and the run begins.</summary>
    /// <param name="recorder">What keeps its windows.</param>
    public void Begin(HostRun begun, FlightRecorder recorder)
    {
        lock (gate)
        {
            (run, flight, isOver) = (begun, recorder, false);
            runs++;
            last = new DriverSnapshot { State = "starting", Run = runs };
        }
    }

    /// <summary>The run is over, and nothing of it changes any more.</summary>
    public void End(RunReport report)
    {
        lock (gate)
        {
            last = run!.TakeSnapshot();
            (last.Run, last.State, last.Failure) = (runs, report.Outcome.ToString(), report.Failure ?? "");
            isOver = true;
        }
    }

    public DriverSnapshot TakeSnapshot(ulong number)
    {
        lock (gate)
        {
            // The one before may be on its way still.
            last = last.Clone();
            if (run is not null && !isOver)
            {
                DriverSnapshot? seen = null;
                if (run.TryLook(() => seen = run.TakeSnapshot(), Patience)) last = seen!;
                last.Run = runs;
                last.IsWaitingForCard = seen is null;
            }
            last.Number = number;
            return last;
        }
    }

    /// <summary>What is kept of the run, as a file; null if there is nothing to keep yet, or it cannot be had now.</summary>
    public byte[]? TakeFlight()
    {
        lock (gate)
        {
            if (run is null || flight is null) return null;
            TraceRecording? recording = null;
            if (isOver) recording = flight.ToRecording();
            else run.TryLook(() => recording = flight.ToRecording(), LongPatience);
            if (recording is null) return null;
            using var file = new MemoryStream();
            TraceFile.Write(recording, file);
            return file.ToArray();
        }
    }
}
