namespace Pcie.DriverModel.Framework;

/// <summary>
/// What a driver implements: the callbacks of a KMDF function driver, by KMDF's names, in the order in which the framework calls
/// them. They wait only for register reads and for <see cref="WdfDevice.StallExecution"/>.
/// </summary>
public abstract class FunctionDriver
{
    /// <summary>EVT_WDF_DEVICE_PREPARE_HARDWARE: resources are known, the device decodes its BARs; map and allocate.</summary>
    public abstract ValueTask EvtDevicePrepareHardware(WdfDevice device);

    /// <summary>EVT_WDF_DEVICE_D0_ENTRY: bring the device into its working state; interrupts are not connected yet.</summary>
    public abstract ValueTask EvtDeviceD0Entry(WdfDevice device);

    /// <summary>EVT_WDF_INTERRUPT_ENABLE: the interrupt is connected; let the device raise it.</summary>
    public virtual ValueTask EvtInterruptEnable(WdfInterrupt interrupt) => ValueTask.CompletedTask;

    /// <summary>EVT_WDF_DEVICE_D0_ENTRY_POST_INTERRUPTS_ENABLED: start what needs interrupts.</summary>
    public virtual ValueTask EvtDeviceD0EntryPostInterruptsEnabled(WdfDevice device) => ValueTask.CompletedTask;

    /// <summary>EVT_WDF_INTERRUPT_ISR, at device IRQL.</summary>
    /// <param name="messageId">Which of the granted messages it was.</param>
    /// <returns>Whether the device had interrupted.</returns>
    public abstract ValueTask<bool> EvtInterruptIsr(WdfInterrupt interrupt, int messageId);

    /// <summary>EVT_WDF_INTERRUPT_DPC, at DISPATCH_LEVEL. It may stand for any number of interrupts, none included.</summary>
    public abstract ValueTask EvtInterruptDpc(WdfInterrupt interrupt);

    /// <summary>EVT_WDF_INTERRUPT_DISABLE: stop the device from raising it.</summary>
    public virtual ValueTask EvtInterruptDisable(WdfInterrupt interrupt) => ValueTask.CompletedTask;

    /// <summary>EVT_WDF_DEVICE_D0_EXIT: the device is about to leave its working state, or has left the machine.</summary>
    public virtual ValueTask EvtDeviceD0Exit(WdfDevice device) => ValueTask.CompletedTask;

    /// <summary>EVT_WDF_DEVICE_RELEASE_HARDWARE: give back what EvtDevicePrepareHardware took. Last of all after a surprise removal.</summary>
    public virtual ValueTask EvtDeviceReleaseHardware(WdfDevice device) => ValueTask.CompletedTask;

    /// <summary>EVT_WDF_DEVICE_SURPRISE_REMOVAL: the device is gone; every read gives all-ones from now on.</summary>
    public virtual void EvtDeviceSurpriseRemoval(WdfDevice device)
    {
    }
}
