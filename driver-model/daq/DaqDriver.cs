using Pcie.Daq;
using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Daq.Application;
using Pcie.DriverModel.Framework;
using Pcie.Time;

namespace Pcie.DriverModel.Daq;

/// <summary>
/// The driver under study: brings the card into its working state and takes it down again. What works with the card in between, ISR and DPC first
/// of all, is <see cref="DaqHardware"/>.
/// </summary>
public sealed class DaqDriver(DaqDriverOptions options, ReaderOptions readerOptions, Stream? output) : FunctionDriver
{
    private const int Bar = DaqRegister.Bar;

    private DaqHardware? hardware;
    private uint? source;
    private WdfTimer? watchdog;

    /// <summary>What lies behind the card; null until the hardware has been prepared for the first time.</summary>
    public ChunkPipeline? Pipeline { get; private set; }

    public DaqDriverCounters Counters { get; } = new();

    private DaqHardware Prepared => hardware ?? throw new InvalidOperationException("The hardware is not prepared.");

    /// <inheritdoc/>
    public override async ValueTask EvtDevicePrepareHardware(WdfDevice device)
    {
        source ??= device.Tracer.AddSource("driver");
        var id = (uint)await device.ReadRegisterUlong(Bar, DaqRegister.Id);
        if (id != DaqRegister.IdValue)
            throw new DeviceNotUsableException(
                $"The device's ID register reads 0x{id:X8}, this driver's card has 0x{DaqRegister.IdValue:X8}.");
        var chunkSize = (long)await device.ReadRegisterUlong(Bar, DaqRegister.ChunkSize);
        var maxSlots = (long)await device.ReadRegisterUlong(Bar, DaqRegister.MaxSlots);
        var slotCount = options.Buffering switch { Buffering.Single => 1, Buffering.PingPong => 2, _ => options.RingSlots };
        if (slotCount > maxSlots)
            throw new DeviceNotUsableException($"[driver] ring-slots is {slotCount}, the card has {maxSlots} at most; "
                + "lower it or raise max-slots in [card.dma].");
        var slotSize = (ChunkHeader.Size + chunkSize + 63) & ~63;
        if (slotSize * slotCount > Array.MaxLength)
            throw new DeviceNotUsableException(
                $"{slotCount} slots of {slotSize} bytes are more than 2 GiB; lower ring-slots or the chunk size.");
        if (slotSize * readerOptions.CyclicBufferChunks > Array.MaxLength)
            throw new DeviceNotUsableException($"{readerOptions.CyclicBufferChunks} chunks of {slotSize} bytes are more than 2 GiB; "
                + "lower cyclic-buffer-chunks in [host.reader], or the chunk size.");

        if (Pipeline is null)
        {
            Pipeline = new ChunkPipeline(device, options, (int)slotSize, slotCount, readerOptions, output);
            if (options.Watchdog > Duration.Zero) watchdog = new WdfTimer(device, options.Watchdog, EvtWatchdog);
        }
        else
        {
            Pipeline.StartAnew();
        }
        hardware = new DaqHardware(device, options, Pipeline, Counters, source.Value);
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceReleaseHardware(WdfDevice device)
    {
        hardware = null;
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceD0Entry(WdfDevice device)
    {
        Prepared.SetUp();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceD0EntryPostInterruptsEnabled(WdfDevice device)
    {
        Prepared.Start();
        watchdog?.Start();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override ValueTask EvtDeviceD0Exit(WdfDevice device)
    {
        watchdog?.Stop();
        return ValueTask.CompletedTask;
    }

    // An ISR or a DPC that was being dispatched on another processor when it was disconnected, and a timer that had come due, find nothing to do.

    /// <inheritdoc/>
    public override ValueTask<bool> EvtInterruptIsr(WdfInterrupt interrupt, int messageId) =>
        hardware?.EvtInterruptIsr(interrupt, messageId) ?? ValueTask.FromResult(false);

    /// <inheritdoc/>
    public override ValueTask EvtInterruptDpc(WdfInterrupt interrupt) => hardware?.EvtInterruptDpc(interrupt) ?? ValueTask.CompletedTask;

    private ValueTask EvtWatchdog() => hardware?.EvtWatchdog() ?? ValueTask.CompletedTask;

    /// <summary>Stops the source; what it has produced still comes.</summary>
    public void StopSource() => Prepared.StopSource();
}
