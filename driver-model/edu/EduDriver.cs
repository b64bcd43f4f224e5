using System.Runtime.CompilerServices;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Study;
using Pcie.Pci.Memory;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Edu;

/// <summary>
/// The driver of the edu device, ours or QEMU's: sees that the device is alive, has factorials computed, and copies memory by DMA to the device's
/// buffer and back, all by interrupt. What has come is compared with what is right.
/// </summary>
public sealed class EduDriver(EduDriverOptions options) : FunctionDriver, IDriverFigures
{
    private const int Bar = EduRegister.Bar, LargestArgument = 12; // 13! has more than 32 bits

    private readonly Operation factorial = new(), copy = new();
    private HostBuffer? sent, received;
    private DriverEvent? late, lostInterrupt;
    private WdfTimer? asking, watchdog;
    private uint causes, argument;
    private bool isComingBack;
    private long factorials, copies, wrong, lateOnes, lostInterrupts, unanswered;

    // Factorials that have come, and are being read.
    private long beingRead;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, long>> Counters =>
    [
        new("factorials", factorials), new("copies", copies), new("wrong", wrong), new("late", lateOnes), new("unanswered", unanswered),
        new("lost_interrupts", lostInterrupts),
    ];

    /// <inheritdoc/>
    public long Lost => wrong + lateOnes + unanswered;

    /// <inheritdoc/>
    public string? Imbalance
    {
        get
        {
            var underWay = factorial.Outstanding + copy.Outstanding + beingRead;
            var (asked, ended) = (factorial.Asked + copy.Asked, factorials + copies + wrong + unanswered + underWay);
            return asked == ended ? null : $"{asked} requests were made, and {ended} came, failed or are under way";
        }
    }

    /// <summary>The driver that a scenario describes.</summary>
    /// <exception cref="ScenarioException">A key is unknown, or says something impossible.</exception>
    public static DriverDesign Design(DriverScenario scenario)
    {
        var options = scenario.Read<EduDriverOptions>();
        options.Check(scenario.File.Table("driver"));
        return new PlainDesign(options.Device, () => new EduDriver(options), options);
    }

    /// <inheritdoc/>
    public override async ValueTask EvtDevicePrepareHardware(WdfDevice device)
    {
        var id = (uint)await device.ReadRegisterUlong(Bar, EduRegister.Id);
        if ((id & EduRegister.IdMask) != EduRegister.IdOfEdu)
            throw new DeviceNotUsableException($"The device's ID register reads 0x{id:X8}, that of an edu device ends in {EduRegister.IdOfEdu:X4}; "
                + "the card that this driver is for is [card] kind = \"edu\".");
        foreach (var pattern in (uint[])[0, 0x5555_AAAA, 0x1234_5678, uint.MaxValue])
        {
            device.WriteRegisterUlong(Bar, EduRegister.Liveness, pattern);
            var answer = (uint)await device.ReadRegisterUlong(Bar, EduRegister.Liveness);
            if (answer != ~pattern)
                throw new DeviceNotUsableException($"LIVENESS reads 0x{answer:X8} after 0x{pattern:X8}; the device's answer is the complement.");
        }
        if (late is not null) return;
        (late, lostInterrupt) = (new DriverEvent(device, "late", isLoss: true), new DriverEvent(device, "lost interrupt found", isLoss: true));
        if (options.DmaBytes > 0)
            (sent, received) = (device.CommonBufferCreate(options.DmaBytes, EduRegister.AddressWidth),
                device.CommonBufferCreate(options.DmaBytes, EduRegister.AddressWidth));
        if (options.Factorials && options.Period > Duration.Zero) asking = new WdfTimer(device, options.Period, () => AskFactorial(device));
        watchdog = new WdfTimer(device, options.Timeout, () => EvtWatchdog(device));
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceD0Entry(WdfDevice device)
    {
        device.WriteRegisterUlong(Bar, EduRegister.InterruptAck, uint.MaxValue);
        device.WriteRegisterUlong(Bar, EduRegister.Status, EduRegister.InterruptWhenComputed);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceD0EntryPostInterruptsEnabled(WdfDevice device)
    {
        // What was under way when the device failed never comes.
        unanswered += factorial.Outstanding + copy.Outstanding;
        factorial.End();
        copy.End();
        causes = 0;
        asking?.Start();
        watchdog!.Start();
        if (sent is not null) AskCopy(device);
        return options.Factorials && asking is null ? AskFactorial(device) : ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceD0Exit(WdfDevice device)
    {
        asking?.Stop();
        watchdog?.Stop();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceReleaseHardware(WdfDevice device) => ValueTask.CompletedTask;

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<bool> EvtInterruptIsr(WdfInterrupt interrupt, int messageId)
    {
        var device = interrupt.Device;
        await device.StallExecution(options.IsrWork);
        var found = (uint)await device.ReadRegisterUlong(Bar, EduRegister.InterruptStatus);
        if (found is 0 or uint.MaxValue) return false;
        // Acknowledged before anything is looked at: what the device raises from here on sends a message of its own.
        device.WriteRegisterUlong(Bar, EduRegister.InterruptAck, found);
        causes |= found;
        interrupt.QueueDpcForIsr();
        return true;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask EvtInterruptDpc(WdfInterrupt interrupt)
    {
        await interrupt.Device.StallExecution(options.DpcWork);
        // For how many interrupts this run stands does not matter: each cause is one request's, of which there is one at a time.
        var found = causes;
        causes = 0;
        await Take(interrupt.Device, found);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask Take(WdfDevice device, uint found)
    {
        if ((found & EduRegister.DmaDone) != 0 && copy.IsUnderWay) CopyDone(device);
        if ((found & EduRegister.FactorialDone) == 0 || !factorial.IsUnderWay) return;
        var since = factorial.Since;
        factorial.End();
        beingRead++;
        var result = (uint)await device.ReadRegisterUlong(Bar, EduRegister.Factorial);
        beingRead--;
        if (result == Factorial(argument)) factorials++;
        else wrong++;
        var took = device.Kernel.Timeline.Now - since;
        if (options.Deadline is { } deadline && took > deadline)
        {
            lateOnes++;
            late!.Record(argument, took.Nanoseconds);
        }
        if (asking is null) await AskFactorial(device);
    }

    private void CopyDone(WdfDevice device)
    {
        if (!isComingBack)
        {
            isComingBack = true;
            copy.Since = device.Kernel.Timeline.Now;
            Move(device, EduRegister.BufferAddress, (uint)received!.Address, EduRegister.ToHost);
            return;
        }
        copy.End();
        if (sent!.Span.SequenceEqual(received!.Span)) copies++;
        else wrong++;
        AskCopy(device);
    }

    private ValueTask AskFactorial(WdfDevice device)
    {
        // By the timer: the last one has not come yet.
        if (factorial.IsUnderWay || device.IsRemoved) return ValueTask.CompletedTask;
        argument = argument % LargestArgument + 1;
        factorial.Begin(device.Kernel.Timeline.Now);
        device.WriteRegisterUlong(Bar, EduRegister.Factorial, argument);
        return ValueTask.CompletedTask;
    }

    private void AskCopy(WdfDevice device)
    {
        var bytes = sent!.Span;
        for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)(31 * i + 7 * copy.Asked);
        received!.Span.Clear();
        isComingBack = false;
        copy.Begin(device.Kernel.Timeline.Now);
        Move(device, (uint)sent.Address, EduRegister.BufferAddress, 0);
    }

    private void Move(WdfDevice device, uint source, uint destination, uint direction)
    {
        device.WriteRegisterUlong(Bar, EduRegister.DmaSource, source);
        device.WriteRegisterUlong(Bar, EduRegister.DmaDestination, destination);
        device.WriteRegisterUlong(Bar, EduRegister.DmaCount, (uint)options.DmaBytes);
        device.WriteRegisterUlong(Bar, EduRegister.DmaCommand, EduRegister.Run | direction | EduRegister.InterruptWhenMoved);
    }

    // A request that no interrupt has ended: done, and the message was lost, or never to be done.
    private async ValueTask EvtWatchdog(WdfDevice device)
    {
        var before = device.Kernel.Timeline.Now - options.Timeout;
        if (device.IsRemoved || !(factorial.IsOlderThan(before) || copy.IsOlderThan(before))) return;
        var found = (uint)await device.ReadRegisterUlong(Bar, EduRegister.InterruptStatus);
        if (found == uint.MaxValue)
        {
            device.SetFailed(DeviceFailedAction.AttemptRestart);
            return;
        }
        if (found != 0)
        {
            device.WriteRegisterUlong(Bar, EduRegister.InterruptAck, found);
            lostInterrupts++;
            lostInterrupt!.Record(found);
            await Take(device, found);
        }
        if (factorial.IsOlderThan(before))
        {
            unanswered++;
            factorial.End();
            await AskFactorial(device);
        }
        if (!copy.IsOlderThan(before)) return;
        unanswered++;
        copy.End();
        AskCopy(device);
    }

    private static uint Factorial(uint n)
    {
        var product = 1u;
        for (var factor = 2u; factor <= n; factor++) product *= factor;
        return product;
    }

    // What the device has been asked for, one at a time.
    private sealed class Operation
    {
        public bool IsUnderWay { get; private set; }
        public SimTime Since { get; set; }
        public long Asked { get; private set; }
        public int Outstanding => IsUnderWay ? 1 : 0;

        public void Begin(SimTime now) => (IsUnderWay, Since, Asked) = (true, now, Asked + 1);

        public void End() => IsUnderWay = false;

        public bool IsOlderThan(SimTime time) => IsUnderWay && Since < time;
    }
}
