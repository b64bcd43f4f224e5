using Pcie.Emulator.Rtl.Models;
using Pcie.Randomness;
using Pcie.Time;

namespace Pcie.Emulator.Rtl;

/// <summary>Gives an RTL card the pulses of a <see cref="RtlStimulus"/>.</summary>
/// <remarks>One timeline event per pulse. Allocates nothing while running.</remarks>
internal sealed class RtlTrigger : ITimelineTarget
{
    private readonly RtlStimulus stimulus;
    private readonly IRtlModel model;
    private readonly RtlStatusPins status;
    private readonly Timeline timeline;
    private readonly Action catchUp, given;
    private readonly RtlPin pulse, wanted;
    private readonly TimelineEvent next;
    private RandomStream jitter;
    private SimTime nominal;
    private bool hasBegun;

    /// <param name="catchUp">Brings the card to the time that it is.</param>
    /// <param name="given">Told after each pulse.</param>
    /// <exception cref="RtlException">The card has not these pins.</exception>
    public RtlTrigger(RtlStimulus stimulus, IRtlModel model, RtlStatusPins status, Timeline timeline, Action catchUp, Action given)
    {
        (this.stimulus, this.model, this.status, this.timeline, this.catchUp, this.given) = (stimulus, model, status, timeline, catchUp, given);
        (pulse, wanted) = (new RtlPin(stimulus.Pin), new RtlPin(stimulus.While));
        if (!model.TrySetPin(pulse, 0) || !model.TryReadPin(wanted, out _))
            throw new RtlException($"The RTL card has no input {stimulus.Pin} or no output {stimulus.While}; what triggers it needs both.");
        next = timeline.CreateEvent(this);
        jitter = new RandomStream(stimulus.Seed, stimulus.Stream);
    }

    /// <summary>The card may have begun to want pulses, or ceased to.</summary>
    public void Look()
    {
        model.TryReadPin(wanted, out var wants);
        if (wants == 0)
        {
            next.Cancel();
            return;
        }
        if (next.IsScheduled) return;
        nominal = !hasBegun && stimulus.FirstAt is { } first ? SimTime.Max(timeline.Now, new SimTime(first.Nanoseconds))
            : timeline.Now + stimulus.Period;
        Schedule();
    }

    public void Reset()
    {
        next.Cancel();
        hasBegun = false;
        jitter = new RandomStream(stimulus.Seed, stimulus.Stream);
    }

    void ITimelineTarget.Due(int tag)
    {
        hasBegun = true;
        catchUp();
        status.Update();
        model.TrySetPin(pulse, 1);
        model.Run(model.Cycle + 1);
        model.TrySetPin(pulse, 0);
        // Jitter moves a pulse, not the ones after it.
        nominal += stimulus.Period;
        Schedule();
        given();
    }

    private void Schedule() =>
        next.Schedule(SimTime.Max(timeline.Now, stimulus.Jitter is { } distribution ? nominal + distribution.Draw(jitter) : nominal));
}
