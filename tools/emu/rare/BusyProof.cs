using Pcie.Diagnosis.Rates;
using Pcie.DriverModel.Daq;
using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Interference;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Kernel.Options;
using Pcie.DriverModel.Scenario;
using Pcie.Emulator.Daq;
using Pcie.Randomness;
using Pcie.Time;
using RearmPolicy = Pcie.DriverModel.Daq.RearmPolicy;

namespace Pcie.Emu.Rare;

/// <summary>
/// What a machine can lose a day at the most, without its rare sources or by one occurrence of one of them. As long as each chunk has been dealt with
/// before the next one comes, the driver deals with one at a time, whatever its design; and as long as its processors have been idle once since a
/// chunk came, one that copies all there is has copied it. That they have not takes a processor that is busy for all of that time.
/// </summary>
internal sealed class BusyProof
{
    // Accesses to the card for a chunk, of ISR and DPC: more than any design has.
    private const int Accesses = 20;

    private readonly List<RecurringInterference> all, common;
    private readonly IReadOnlyList<(int Processor, bool IsForIsr, List<ProcessorWork> Work)> processors = [];
    private readonly Duration each, period, tick;

    /// <param name="without">The rare sources.</param>
    public BusyProof(HostScenario host, DaqCardOptions card, IReadOnlyList<RareSource> without)
    {
        all = [.. host.Machine.Interference.OfType<RecurringInterference>()];
        common = [.. all.Where(source => !without.Any(rare => rare.Name == source.Name))];
        period = card.Period;
        var kernel = host.Machine.Kernel;
        tick = new Duration(1_000_000_000 / kernel.TicksPerSecond + 1);
        if (host.Driver is not DaqDesign { Options: var driver, Reader: var reader })
        {
            Why = "the driver is not of this card";
            return;
        }
        Why = host.Cards.Count > 1 ? "several cards share its processors" : WhyNot(driver, reader, card, kernel, all);
        if (Why is not null) return;
        var late = card.Jitter?.Maximum ?? Duration.Zero;
        var transfer = new Duration((long)(1e9 * card.ChunkSize * 2 / card.DmaBandwidth) + 1);
        var link = new Duration(Accesses * 2 * host.Run.LinkLatency.Nanoseconds);
        var own = kernel.InterruptDispatch + kernel.DpcDispatch + driver.IsrWork + driver.DpcWork + driver.DpcEpilogue + link
            + new Duration((long)(1e9 * card.ChunkSize / driver.CopyBytesPerSecond) + 1);
        var numbers = ProcessorsOf(driver.Device, kernel.Processors);
        // Else the processor is told at once.
        var waits = driver.Device.DpcImportance < (driver.Device.DpcProcessor is null ? DpcImportance.Medium : DpcImportance.MediumHigh)
            ? tick : Duration.Zero;
        var idle = kernel.IdleStates.Select(state => state.ExitLatency.Maximum).DefaultIfEmpty().Max();
        var time = card.Period * SlotsThatLast(driver) - late - transfer - link - waits - idle - kernel.IpiLatency;
        if (time <= Duration.Zero)
        {
            Why = "a chunk comes before the one before can have been copied";
            return;
        }
        // Of two processors one has been busy for half of the time.
        each = new Duration(time.Nanoseconds / numbers.Count);
        // The processor that takes its interrupts and none of its DPCs is kept from that by what is above DISPATCH_LEVEL only.
        var otherForDpcs = driver.Device.InterruptAffinity == InterruptAffinity.OneCloseProcessor ? driver.Device.DpcProcessor : null;
        processors = [.. numbers.Select(number => (number, otherForDpcs is { } other && other != number))
            .Select(one => (one.number, one.Item2, WorkOn(one.number, one.Item2).ToList()))];
        foreach (var (_, _, work) in processors)
        {
            work.Add(new([Distribution.Fixed(own)], Distribution.Fixed(card.Period), 1, late));
            work.Add(new([kernel.TickDuration], Distribution.Fixed(tick), 1, tick));
            if (driver.Watchdog > Duration.Zero) work.Add(new([Distribution.Fixed(own)], Distribution.Fixed(driver.Watchdog), 1, tick));
        }
        Rest = Of(new Duration(86_400_000_000_000), 1, null);
        if (Rest is null) Why = $"its processor may well be busy for {each}, as far as can be proven";
    }

    /// <summary>Chunks a day at the most that are lost without the rare sources; null if there is no such bound.</summary>
    public double? Rest { get; }

    /// <summary>Why <see cref="Rest"/> is not known for sure; null if it is.</summary>
    public string? Why { get; }

    /// <summary>Chunks a day at the most that are lost by occurrences of a rare source, each by itself; null if there is no such bound.</summary>
    /// <param name="part">How long they last.</param>
    /// <param name="perDay">How often such come.</param>
    /// <param name="window">After which all that comes of one is over.</param>
    public double? OfOne(string source, (double From, double To) part, double perDay, Duration window) =>
        processors.Count == 0 ? null : Of(window * 2, perDay, InterferenceWork.Parted(all.Find(one => one.Name == source)!, part));

    // Any chunk of so long a time may be the one, and it may cost all that are left of the day.
    private double? Of(Duration time, double timesADay, RecurringInterference? once)
    {
        var (sum, beyond) = (0.0, 0.0);
        foreach (var (processor, isForIsr, common) in processors)
        {
            var parts = once is null ? [] : PartsOn(processor, isForIsr, once);
            var single = ProcessorWork.Once(parts);
            sum += Math.Pow(10, BusyBound.Log10Beyond(each, parts.Count > 0 ? [.. common, single] : common));
            beyond += single.BeyondCells + common.Sum(one => one.BeyondCellsPerDay) * time.Seconds / 86_400;
        }
        var lost = timesADay * ((time.Seconds / period.Seconds + 1) * sum + beyond) * 86_400 / period.Seconds;
        return lost < 1 ? lost : null;
    }

    private static string? WhyNot(DaqDriverOptions driver, ReaderOptions reader, DaqCardOptions card, KernelOptions kernel,
        List<RecurringInterference> sources) =>
        driver.Device.DpcLock is not null || sources.Exists(source => LockOf(source) is not null) ? "a spin lock makes processors wait for each other"
        : sources.Exists(source => source.BeforeEnd is not null) ? "what an ISR asks for comes as late as that does"
        : sources.Exists(source => source.BurstBegins > 0) ? "there is no longest burst"
        : kernel.Kernel == KernelKind.Linux ? "Linux may leave its DPC to ksoftirqd, which waits without the processor being busy"
        : reader.BytesPerSecond > 0 ? "the reader takes its time"
        : driver.Moderates ? "the card holds interrupts back"
        : kernel.IdleStates.Any(state => state.ExitLatency.Maximum == Duration.Max) ? "there is no longest way out of an idle state"
        : card.Jitter?.Maximum >= card.Period ? "chunks may come at once"
        : null;

    // Of a ring all slots, if no order of raise, message and re-arm leaves a chunk without a run that begins after it: with a message for each, or
    // one that the re-arm sends again while a cause is set. Else only what does not depend on the design.
    private static int SlotsThatLast(DaqDriverOptions driver) =>
        driver is { Drain: Drain.All, CauseSource: CauseSource.Register, RearmPolicy: RearmPolicy.PerEvent or RearmPolicy.AutoMask }
            && driver.Device.InterruptAffinity == InterruptAffinity.OneCloseProcessor
            ? driver.Buffering switch { Buffering.PingPong => 2, Buffering.Ring => driver.RingSlots, _ => 1 } : 1;

    // What an occurrence brings to a processor, with what follows it.
    private List<Distribution> PartsOn(int processor, bool isForIsr, RecurringInterference source) =>
        [.. GroupOf(source).Where(one => MayComeTo(one, processor)).SelectMany(one => Enumerable.Repeat(PartsOf(one, isForIsr), one.Burst))
            .SelectMany(part => part)];

    private static IReadOnlyList<Distribution> PartsOf(RecurringInterference source, bool isForIsr) => !isForIsr ? InterferenceWork.PartsOf(source)
        : source switch
        {
            InterruptInterference interrupt => [interrupt.Isr],
            RaisedInterference { RaisedIrql: > Irql.Dispatch } raised => [raised.Raised],
            StopInterference stop => [stop.Stop],
            _ => [],
        };

    private List<RecurringInterference> GroupOf(RecurringInterference source)
    {
        List<RecurringInterference> group = [source];
        for (var i = 0; i < group.Count; i++) group.AddRange(all.Where(other => other.Follows == group[i].Name));
        return group;
    }

    // Work arrives wherever it may come to; what goes to others is counted as if it came here too.
    private IEnumerable<ProcessorWork> WorkOn(int processor, bool isForIsr)
    {
        foreach (var source in common.Where(source => source is not ThreadInterference && source.Follows is null || source.Interval is not null))
        {
            var group = GroupOf(source);
            var parts = group.Where(one => MayComeTo(one, processor))
                .SelectMany(one => Enumerable.Repeat(PartsOf(one, isForIsr), one == source ? 1 : one.Burst).SelectMany(part => part)).ToList();
            var late = new Duration(group.Sum(one => BurstSpan(one) + LongestDelay(one)))
                + (group.Exists(WaitsForTick) ? tick : Duration.Zero);
            if (parts.Count > 0 && source.Interval is { } interval) yield return new ProcessorWork(parts, interval, source.Burst, late);
        }
    }

    private static bool MayComeTo(RecurringInterference source, int processor) => source switch
    {
        StopInterference => true,
        ThreadInterference => false,
        ProcessorInterference some => some.Processors.Count == 0 || some.Processors.Contains(processor) || DpcOf(some)?.DpcProcessor == processor,
        _ => true,
    };

    // A DPC that nobody asks for is served at the next tick at the latest, and a timer expires with it.
    private static bool WaitsForTick(RecurringInterference source) => source is TimerInterference || DpcOf(source) is { } dpc
        && (dpc.Importance == DpcImportance.Low || dpc.DpcProcessor is not null);

    private static DpcSettings? DpcOf(RecurringInterference source) => source switch
    {
        InterruptInterference interrupt => interrupt.Dpc,
        DpcInterference dpc => dpc.Dpc,
        TimerInterference timer => timer.Dpc,
        _ => null,
    };

    private static string? LockOf(RecurringInterference source) => source is RaisedInterference raised ? raised.Lock.Name : DpcOf(source)?.Lock.Name;

    private static long BurstSpan(RecurringInterference source) =>
        source.Burst > 1 ? (source.Burst - 1) * InterferenceWork.LongestOf(source.BurstGap).Nanoseconds : 0;

    private static long LongestDelay(RecurringInterference source) =>
        (source.Phase ?? source.Delay) is { } delay ? InterferenceWork.LongestOf(delay).Nanoseconds : 0;

    private static IReadOnlyList<int> ProcessorsOf(WdfDeviceOptions device, int processors) =>
        device.InterruptAffinity != InterruptAffinity.OneCloseProcessor ? [.. Enumerable.Range(0, processors)]
            : [.. new[] { device.InterruptProcessor, device.DpcProcessor ?? device.InterruptProcessor }.Distinct()];
}
