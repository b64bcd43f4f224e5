using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.Time;

namespace Pcie.DriverModel.Framework;

/// <summary>
/// WDFTIMER, periodic: its callback is called at DISPATCH_LEVEL, at the first clock interrupt of processor 0 after its time has come.
/// </summary>
public sealed class WdfTimer : IDpcRoutine, ITimelineTarget
{
    private readonly ModelledKernel kernel;
    private readonly Duration period;
    private readonly Func<ValueTask> evtTimerFunc;
    private readonly KernelTimer timer;
    private readonly TimelineEvent due;

    /// <param name="evtTimerFunc">EVT_WDF_TIMER.</param>
    public WdfTimer(WdfDevice device, Duration period, Func<ValueTask> evtTimerFunc)
    {
        (kernel, this.period, this.evtTimerFunc) = (device.Kernel, period, evtTimerFunc);
        var name = $"{device.Name} timer";
        timer = new KernelTimer(new Dpc(name, kernel.Tracer.AddSource(name), this));
        due = kernel.Timeline.CreateEvent(this);
    }

    /// <summary>WdfTimerStart.</summary>
    public void Start() => due.ScheduleAfter(period);

    /// <summary>WdfTimerStop, without waiting.</summary>
    public void Stop() => due.Cancel();

    void ITimelineTarget.Due(int tag)
    {
        kernel.Processors[0].SetTimer(timer);
        due.ScheduleAfter(period);
    }

    ValueTask IDpcRoutine.Run() => evtTimerFunc();
}
