using System.Buffers.Binary;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Study;
using Pcie.Pci;
using Pcie.Time;

namespace Pcie.DriverModel.Run;

/// <summary>
/// By the wall clock, asks the device again and again whether it has more to send, past driver and processors. A completion passes no posted write
/// (PCI Express Base Specification 2.4.1): what the device had sent when it answered has arrived with the answer.
/// </summary>
internal sealed class DeviceWatch : ITimelineTarget, IRequestCompleter
{
    private static readonly Duration Interval = Duration.FromMilliseconds(2);

    private readonly RootComplex root;
    private readonly Timeline timeline;
    private readonly ulong address;
    private readonly Func<uint, DeviceActivity> activity;
    private readonly TimelineEvent next;
    private SimTime asked;

    /// <param name="address">Of the register that tells.</param>
    /// <param name="activity">What its value says.</param>
    public DeviceWatch(RootComplex root, Timeline timeline, ulong address, Func<uint, DeviceActivity> activity)
    {
        (this.root, this.timeline, this.address, this.activity) = (root, timeline, address, activity);
        next = timeline.CreateEvent(this);
        Ask();
    }

    /// <summary>What the device answered last; null before it has.</summary>
    public DeviceActivity? Seen { get; private set; }

    /// <summary>When it was asked what it answered last.</summary>
    public SimTime SeenAsOf { get; private set; }

    public void Stop() => next.Cancel();

    void ITimelineTarget.Due(int tag) => Ask();

    void IRequestCompleter.RequestCompleted(int cookie, RequestOutcome outcome, ReadOnlySpan<byte> bytes)
    {
        if (outcome == RequestOutcome.LinkDown) return;
        if (outcome == RequestOutcome.Successful)
        {
            Seen = activity(BinaryPrimitives.ReadUInt32LittleEndian(bytes));
            SeenAsOf = asked;
        }
        next.Schedule(timeline.Now + Interval);
    }

    private void Ask()
    {
        asked = timeline.Now;
        if (!root.TrySend(Tlp.Request(TlpKind.MemoryRead, address, 4), default, this)) next.Schedule(asked + Interval);
    }
}
