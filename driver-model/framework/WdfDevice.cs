using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Kernel;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Statistics;
using Pcie.Pci.Config;
using Pcie.Pci.Memory;
using Pcie.Time;
using Pcie.Trace;

namespace Pcie.DriverModel.Framework;

/// <summary>
/// WDFDEVICE: the framework's side of one device: finds it, gives the driver its resources, connects its interrupts, and calls
/// the driver's callbacks in KMDF's order. Also the services that a driver calls.
/// </summary>
public sealed class WdfDevice : ITimelineTarget
{
    private const string LeftWhileStarting = "The device left the bus while it was being started.";

    private static readonly Duration RescanInterval = Duration.FromMilliseconds(10), RescanLimit = Duration.FromSeconds(1);

    private readonly FunctionDriver driver;
    private readonly ModelledKernel kernel;
    private readonly RootComplex root;
    private readonly PciBus bus;
    private readonly WdfDeviceOptions options;
    private readonly DeviceInterrupts interrupts;
    private readonly TimelineEvent rescan;
    private SimTime lostSince;
    private bool isReset;
    private DeviceFailedAction failedAction;

    public WdfDevice(FunctionDriver driver, ModelledKernel kernel, RootComplex root, WdfDeviceOptions options, BusOptions slot)
    {
        (this.driver, this.kernel, this.root, this.options) = (driver, kernel, root, options);
        bus = new PciBus(root, options.Interrupts, slot.Grant, slot.Messages, slot.RequestSizes);
        interrupts = new DeviceInterrupts(this, driver, options, slot.Grant);
        rescan = kernel.Timeline.CreateEvent(this);
        root.DeviceGone += _ => SurpriseRemoval();
    }

    public string Name => options.Name;
    public ModelledKernel Kernel => kernel;

    /// <summary>Where what befalls the device's data is recorded; what runs on processors is in the kernel's.</summary>
    public Tracer Tracer => root.Port.Tracer;

    /// <summary>What an interrupt of the device is to whoever studies the trace.</summary>
    internal SourceRole InterruptRole => root.Port.IsUnderStudy ? SourceRole.DeviceMessage : SourceRole.Other;

    /// <summary>What the bus driver assigned, before EvtDevicePrepareHardware.</summary>
    public PciResources Resources { get; private set; } = PciResources.None;

    /// <inheritdoc cref="DeviceInterrupts.Granted"/>
    public IReadOnlyList<WdfInterrupt> Interrupts => interrupts.Granted;

    /// <inheritdoc cref="DeviceInterrupts.All"/>
    public IReadOnlyList<WdfInterrupt> AllInterrupts => interrupts.All;

    /// <summary>Times that the device was started again after its driver had given it up.</summary>
    public int Restarts { get; private set; }

    /// <summary>Register reads in ISRs, each of which stalls its processor.</summary>
    public long IsrRegisterReads { get; private set; }

    /// <summary>From the end of an ISR that queued a DPC to the DPC's start, over all interrupts of the device.</summary>
    public LatencyHistogram IsrToDpc { get; } = new();

    /// <summary>Whether the device is in its working state: D0, interrupts connected.</summary>
    public bool IsStarted { get; private set; }

    /// <summary>Whether it was in its working state at some time.</summary>
    public bool HasStarted { get; private set; }

    /// <summary>Whether it has been stopped for good, as <see cref="Stop"/> asked for.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>Why the device could not be started; null otherwise.</summary>
    public string? StartFailure { get; private set; }

    public bool IsRemoved => root.Down is not null || IsFailed;

    /// <summary>Whether the driver has found that the device is gone.</summary>
    public bool IsFailed { get; private set; }

    private bool IsToBeRestarted => IsFailed && failedAction == DeviceFailedAction.AttemptRestart && root.Down is null;

    /// <summary>ISRs that found that the device had not interrupted.</summary>
    public long UnclaimedInterrupts { get; internal set; }

    /// <summary>Starts the device in a thread of processor 0: enumeration, then the driver's callbacks.</summary>
    public void Start() => kernel.RunSystemThread(StartDevice);

    /// <summary>
    /// Stops the device in a thread of processor 0, for good: its figures stay, but it cannot be started again.
    /// </summary>
    public void Stop() => kernel.RunSystemThread(StopDevice);

    /// <summary>READ_REGISTER_ULONG: a non-posted read; the processor stalls until the answer is there.</summary>
    /// <returns>All-ones if the device does not answer.</returns>
    public ReadAwaitable ReadRegisterUlong(int bar, uint offset)
    {
        if (kernel.Current.CurrentIrql > Irql.Dispatch) IsrRegisterReads++;
        return root.ReadMemory(Resources.Bars[bar].Address + offset, 4);
    }

    /// <summary>WRITE_REGISTER_ULONG: posted.</summary>
    public void WriteRegisterUlong(int bar, uint offset, uint value) =>
        root.WriteMemory(Resources.Bars[bar].Address + offset, 4, value);

    /// <summary>WdfCommonBufferCreate: memory that driver and device share.</summary>
    /// <param name="addressWidth">AddressWidthOverride of WDF_DMA_ENABLER_CONFIG: bits of an address that the device drives.</param>
    /// <exception cref="DeviceNotUsableException">The device cannot be given it.</exception>
    public HostBuffer CommonBufferCreate(int length, int addressWidth = 64)
    {
        try
        {
            return root.Memory.Allocate(length, addressWidth);
        }
        catch (IOException e)
        {
            throw new DeviceNotUsableException(e.Message);
        }
    }

    /// <summary>KeStallExecutionProcessor, and any other work: takes the processor's time at the caller's IRQL.</summary>
    public WorkAwaitable StallExecution(Duration time) => kernel.Current.Execute(time);

    /// <summary>Whether the device answers with a vendor ID: what a driver asks when a register reads all-ones.</summary>
    public async ValueTask<bool> IsPresent() => (uint)await root.ReadConfig(ConfigLayout.VendorId, 2) != ConfigLayout.NoVendor;

    /// <summary>
    /// WdfDeviceSetFailed: the device does not work though the bus has not said that it is gone. The framework takes it down as after a surprise
    /// removal. For a restart it is looked for on the bus every 10 ms, for a second, and reset before it is started.
    /// </summary>
    public void SetFailed(DeviceFailedAction action)
    {
        if (IsRemoved) return;
        IsFailed = true;
        (failedAction, lostSince) = (action, kernel.Timeline.Now);
        SurpriseRemoval();
    }

    void ITimelineTarget.Due(int tag) => kernel.RunSystemThread(Restart);

    private async ValueTask Restart()
    {
        if (root.Down is not null) return;
        if (await IsPresent())
        {
            // What state it is in nobody knows: it begins from none.
            if (!isReset && await bus.TryResetFunction())
            {
                isReset = true;
                rescan.ScheduleAfter(PciBus.ResetTime);
                return;
            }
            (IsFailed, isReset) = (false, false);
            Restarts++;
            await StartDevice();
        }
        else if (kernel.Timeline.Now - lostSince < RescanLimit)
        {
            rescan.ScheduleAfter(RescanInterval);
        }
        else if (!HasStarted)
        {
            StartFailure = LeftWhileStarting;
        }
    }

    private async ValueTask StartDevice()
    {
        try
        {
            Resources = await bus.Enumerate();
            if (Resources.MessagesGranted == 0)
                throw new DeviceNotUsableException(
                    "The device has neither MSI nor MSI-X; this driver model has no line interrupts.");
            var (firstVector, count) = interrupts.AllocateVectors(Resources);
            Resources = Resources with { MessagesGranted = count };
            await driver.EvtDevicePrepareHardware(this);
            await driver.EvtDeviceD0Entry(this);
            interrupts.Connect(firstVector, count);
            await bus.EnableMessages(Resources, firstVector, interrupts.MessageProcessors());
            foreach (var interrupt in Interrupts) await driver.EvtInterruptEnable(interrupt);
            await driver.EvtDeviceD0EntryPostInterruptsEnabled(this);
            IsStarted = !IsRemoved;
            HasStarted |= IsStarted;
            if (IsRemoved && !IsToBeRestarted) StartFailure = root.Down?.Message ?? LeftWhileStarting;
        }
        catch (DeviceNotUsableException e)
        {
            // What a driver finds wrong with a device that is gone is not what is wrong.
            StartFailure = root.Down?.Message ?? e.Message;
        }
        // Its driver has given it up meanwhile.
        if (IsFailed) await TakeDown();
    }

    private async ValueTask StopDevice()
    {
        IsStarted = false;
        foreach (var interrupt in Interrupts) await driver.EvtInterruptDisable(interrupt);
        await bus.DisableMessages(Resources);
        interrupts.Disconnect();
        await driver.EvtDeviceD0Exit(this);
        IsStopped = true;
    }

    // KMDF's order for a device that goes while it works: told first, then taken down as if it were stopped, at PASSIVE_LEVEL, except that
    // nothing of the device can be reached any more.
    private void SurpriseRemoval()
    {
        var wasStarted = IsStarted;
        IsStarted = false;
        interrupts.RemoveDpcs();
        driver.EvtDeviceSurpriseRemoval(this);
        if (wasStarted) kernel.RunSystemThread(TakeDown);
    }

    private async ValueTask TakeDown()
    {
        foreach (var interrupt in Interrupts) await driver.EvtInterruptDisable(interrupt);
        interrupts.Disconnect();
        await driver.EvtDeviceD0Exit(this);
        await driver.EvtDeviceReleaseHardware(this);
        if (IsToBeRestarted) rescan.ScheduleAfter(RescanInterval);
    }
}
