using System.Runtime.CompilerServices;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Study;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.DriverModel.Nvme;

/// <summary>
/// The driver of an NVM Express controller, anybody's: queues with a message each, on which it writes blocks, reads them back and compares.
/// Completions are told by their phase tag, so that neither ISR nor DPC reads a register.
/// </summary>
public sealed class NvmeDriver(NvmeDriverOptions options) : FunctionDriver, IDriverFigures
{
    private NvmeCapabilities? capabilities;
    private NvmeAdmin? admin;
    private NvmeNamespace? target;
    private NvmeQueuePair[] pairs = [];
    private NvmeTransfer[][] transfers = [];
    private NvmeQueuePair[][] pairsOf = [];
    private DriverEvent? late, mismatch, lostInterrupt;
    private WdfTimer? beginning, watchdog;
    private bool isStopping;
    private long begun, verified, writes, reads, mismatches, failed, lateOnes, unanswered, unexpected, lostInterrupts, shutdowns;

    /// <inheritdoc/>
    public IEnumerable<KeyValuePair<string, long>> Counters =>
    [
        new("verified", verified), new("mismatches", mismatches), new("writes", writes), new("reads", reads), new("failed", failed),
        new("late", lateOnes), new("unanswered", unanswered), new("unexpected", unexpected), new("lost_interrupts", lostInterrupts),
        new("queues", pairs.Length), new("shutdowns", shutdowns),
    ];

    /// <inheritdoc/>
    public long Lost => mismatches + failed + lateOnes + unanswered;

    /// <inheritdoc/>
    public string? Imbalance
    {
        get
        {
            var ended = verified + mismatches + failed + unanswered + UnderWay;
            return begun == ended ? null : $"{begun} transfers were begun, and {ended} were compared, failed or are under way";
        }
    }

    private int UnderWay => transfers.Sum(queue => queue.Count(transfer => transfer.IsUnderWay));

    /// <summary>The driver that a scenario describes.</summary>
    /// <exception cref="ScenarioException">A key is unknown, or says something impossible.</exception>
    public static DriverDesign Design(DriverScenario scenario)
    {
        var options = scenario.Read<NvmeDriverOptions>();
        return new PlainDesign(options.Device, () => new NvmeDriver(options), options) { IsStoppedAtEnd = true };
    }

    /// <inheritdoc/>
    public override async ValueTask EvtDevicePrepareHardware(WdfDevice device)
    {
        if (device.Resources.Bars[NvmeRegister.Bar].Length <= NvmeRegister.Doorbells)
            throw new DeviceNotUsableException("BAR0 is too small for the registers of an NVM Express controller; the card that this driver is for "
                + "is [card] kind = \"nvme\".");
        var found = NvmeCapabilities.Of(
            (uint)await device.ReadRegisterUlong(NvmeRegister.Bar, NvmeRegister.CapLow),
            (uint)await device.ReadRegisterUlong(NvmeRegister.Bar, NvmeRegister.CapHigh),
            (uint)await device.ReadRegisterUlong(NvmeRegister.Bar, NvmeRegister.Version));
        if (capabilities is not null)
        {
            if (found != capabilities) throw new DeviceNotUsableException($"The controller that came back is another: {found}, was {capabilities}.");
            return;
        }
        capabilities = found;
        admin = new NvmeAdmin(device, found);
        (late, mismatch) = (new DriverEvent(device, "late", isLoss: true), new DriverEvent(device, "mismatch", isLoss: true));
        lostInterrupt = new DriverEvent(device, "lost interrupt found", isLoss: true);
        if (options.Interval > Duration.Zero) beginning = new WdfTimer(device, options.Interval, () => BeginAll(device));
        watchdog = new WdfTimer(device, options.Timeout, () => EvtWatchdog(device));
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceD0Entry(WdfDevice device)
    {
        // What was under way when the device failed never comes.
        foreach (var transfer in transfers.SelectMany(queue => queue).Where(transfer => transfer.IsUnderWay))
        {
            unanswered++;
            transfer.End();
        }
        isStopping = false;
        return admin!.Enable();
    }

    /// <inheritdoc/>
    public override async ValueTask EvtDeviceD0EntryPostInterruptsEnabled(WdfDevice device)
    {
        // Here, since a controller may refuse a vector of MSI-X that is not enabled.
        await SetUp(device, await admin!.Identify(), await admin.AllocateQueues(options.Queues));
        foreach (var pair in pairs) await admin.Create(pair, VectorOf(device, pair));
        pairsOf = [.. Enumerable.Range(0, device.Interrupts.Count)
            .Select(message => pairs.Where(pair => device.Resources.MessageOf(VectorOf(device, pair)) == message).ToArray())];
        beginning?.Start();
        watchdog!.Start();
        await BeginAll(device);
    }

    /// <inheritdoc/>
    public override async ValueTask EvtDeviceD0Exit(WdfDevice device)
    {
        isStopping = true;
        beginning?.Stop();
        watchdog?.Stop();
        if (device.IsRemoved) return;
        // What is under way comes, without messages.
        for (var waited = Duration.Zero; UnderWay > 0 && waited < options.Timeout; waited += Duration.FromMicroseconds(10))
        {
            await device.StallExecution(Duration.FromMicroseconds(10));
            foreach (var pair in pairs) Take(device, pair);
        }
        if (await admin!.TryShutDown(pairs)) shutdowns++;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<bool> EvtInterruptIsr(WdfInterrupt interrupt, int messageId)
    {
        await interrupt.Device.StallExecution(options.IsrWork);
        // Sent behind the entry, which has arrived therefore; unless a DPC that looked on has taken it already.
        foreach (var pair in PairsOf(messageId))
        {
            if (!pair.HasCompletion) continue;
            interrupt.QueueDpcForIsr();
            return true;
        }
        return messageId == 0 && admin!.HasCompletion;
    }

    /// <inheritdoc/>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public override async ValueTask EvtInterruptDpc(WdfInterrupt interrupt)
    {
        await interrupt.Device.StallExecution(options.DpcWork);
        foreach (var pair in PairsOf(interrupt.MessageId)) Take(interrupt.Device, pair);
    }

    private NvmeQueuePair[] PairsOf(int message) => message < pairsOf.Length ? pairsOf[message] : [];

    private static int VectorOf(WdfDevice device, NvmeQueuePair pair) => pair.Number < device.Resources.Vectors ? pair.Number : 0;

    private ValueTask SetUp(WdfDevice device, NvmeNamespace found, int queues)
    {
        if (target is not null)
        {
            return found == target && queues == pairs.Length ? ValueTask.CompletedTask
                : throw new DeviceNotUsableException($"The controller that came back is another: {found}, was {target}.");
        }
        target = found;
        // A queue is full with one entry less.
        var depth = Math.Min(options.Depth, capabilities!.LongestQueue - 1);
        var blocks = new NvmeBlocks(device, found, queues * depth, options.Blocks);
        transfers = [.. Enumerable.Range(0, queues).Select(queue => Enumerable.Range(queue * depth, depth)
            .Select(command => new NvmeTransfer(blocks, command, options.Pattern)).ToArray())];
        pairs = [.. Enumerable.Range(1, queues).Select(number => new NvmeQueuePair(device, number, depth + 1, capabilities.DoorbellStride))];
        return ValueTask.CompletedTask;
    }

    private ValueTask BeginAll(WdfDevice device)
    {
        if (device.IsRemoved || isStopping) return ValueTask.CompletedTask;
        foreach (var pair in pairs)
        {
            var queue = transfers[pair.Number - 1];
            for (var identifier = 0; identifier < queue.Length; identifier++)
                if (!queue[identifier].IsUnderWay) Begin(device, pair, (ushort)identifier);
            pair.RingDoorbells();
        }
        return ValueTask.CompletedTask;
    }

    private void Begin(WdfDevice device, NvmeQueuePair pair, ushort identifier) =>
        pair.Submit(transfers[pair.Number - 1][identifier].Write(begun++, device.Kernel.Timeline.Now), identifier);

    // All that has come on a queue; what follows of it is submitted at once.
    private int Take(WdfDevice device, NvmeQueuePair pair)
    {
        var taken = 0;
        for (; pair.TryTake(out var completion); taken++) Completed(device, pair, completion);
        pair.RingDoorbells();
        return taken;
    }

    private void Completed(WdfDevice device, NvmeQueuePair pair, in NvmeCompletion completion)
    {
        var (queue, identifier, now) = (transfers[pair.Number - 1], completion.Identifier, device.Kernel.Timeline.Now);
        if (identifier >= queue.Length || !queue[identifier].IsUnderWay)
        {
            unexpected++;
            return;
        }
        var transfer = queue[identifier];
        var took = now - transfer.Since;
        if (options.Deadline is { } deadline && took > deadline)
        {
            lateOnes++;
            late!.Record(pair.Number, took.Nanoseconds);
        }
        if (completion.IsSuccess && !transfer.IsReading)
        {
            writes++;
            pair.Submit(transfer.Read(now), identifier);
            return;
        }
        if (!completion.IsSuccess)
        {
            failed++;
        }
        else
        {
            reads++;
            if (transfer.IsAsWritten())
            {
                verified++;
            }
            else
            {
                mismatches++;
                mismatch!.Record(pair.Number, identifier);
            }
        }
        transfer.End();
        if (beginning is null && !isStopping) Begin(device, pair, identifier);
    }

    // A command that no interrupt has ended: done, and the message was lost, or never to be done.
    private async ValueTask EvtWatchdog(WdfDevice device)
    {
        var before = device.Kernel.Timeline.Now - options.Timeout;
        if (device.IsRemoved || isStopping) return;
        foreach (var pair in pairs)
        {
            if (!transfers[pair.Number - 1].Any(transfer => transfer.IsOlderThan(before)) || Take(device, pair) is not (> 0 and var found)) continue;
            lostInterrupts++;
            lostInterrupt!.Record(pair.Number, found);
        }
        var status = (uint)await device.ReadRegisterUlong(NvmeRegister.Bar, NvmeRegister.Status);
        if (device.IsRemoved || isStopping) return;
        // Its memory is the controller's until it is reset.
        if (status == uint.MaxValue || (status & NvmeRegister.FatalStatus) != 0 || transfers.Any(queue => queue.Any(t => t.IsOlderThan(before))))
            device.SetFailed(DeviceFailedAction.AttemptRestart);
    }
}
