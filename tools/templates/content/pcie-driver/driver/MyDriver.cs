using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Study;
using Pcie.Scenario;
using Pcie.Time;

/// <summary>What a scenario can choose of the driver: its section [driver].</summary>
[Table("driver", "The driver.")]
public sealed record MyDriverOptions
{
    [Keys]
    public WdfDeviceOptions Device { get; init; } = new() { Name = "MyDriver" };

    [Key("isr-work", "Work of the ISR besides its register accesses.")]
    public Duration IsrWork { get; init; } = Duration.FromMicroseconds(1);
}

/// <summary>
/// Has the edu card compute 1!, 2!, … 12!, and again, one after the other; each is asked for when the one before has come by interrupt.
/// </summary>
public sealed class MyDriver(MyDriverOptions options) : FunctionDriver, IDriverFigures
{
    private const int Bar = 0;
    private const uint Id = 0x00, Factorial = 0x08, Status = 0x20, InterruptStatus = 0x24, InterruptAck = 0x64;

    private uint n;
    private long right, wrong;

    public static DriverDesign Design(DriverScenario scenario)
    {
        var options = scenario.Read<MyDriverOptions>();
        return new PlainDesign(options.Device, () => new MyDriver(options));
    }

    // What the report says of it. A scenario can expect something of each: "driver.wrong" = "== 0".
    public IEnumerable<KeyValuePair<string, long>> Counters => [new("factorials", right), new("wrong", wrong)];

    public long Lost => wrong;

    // 1. Is it our card? BARs are placed, interrupts not yet connected.
    public override async ValueTask EvtDevicePrepareHardware(WdfDevice device)
    {
        var id = (uint)await device.ReadRegisterUlong(Bar, Id);
        if (id != 0x010000ED) throw new DeviceNotUsableException($"The device's ID register reads 0x{id:X8}, the edu card has 0x010000ED.");
    }

    // 2. Into its working state, and the first order.
    public override ValueTask EvtDeviceD0Entry(WdfDevice device)
    {
        device.WriteRegisterUlong(Bar, Status, 0x80); // interrupt when computed
        return ValueTask.CompletedTask;
    }

    public override ValueTask EvtDeviceD0EntryPostInterruptsEnabled(WdfDevice device)
    {
        device.WriteRegisterUlong(Bar, Factorial, n = 1);
        return ValueTask.CompletedTask;
    }

    // 3. At device IRQL: whose is it, acknowledge, queue the DPC.
    public override async ValueTask<bool> EvtInterruptIsr(WdfInterrupt interrupt, int messageId)
    {
        await interrupt.Device.StallExecution(options.IsrWork);
        var cause = (uint)await interrupt.Device.ReadRegisterUlong(Bar, InterruptStatus);
        if (cause is 0 or uint.MaxValue) return false;
        interrupt.Device.WriteRegisterUlong(Bar, InterruptAck, cause);
        interrupt.QueueDpcForIsr();
        return true;
    }

    // 4. At DISPATCH_LEVEL: the work, perhaps late.
    public override async ValueTask EvtInterruptDpc(WdfInterrupt interrupt)
    {
        var computed = (uint)await interrupt.Device.ReadRegisterUlong(Bar, Factorial);
        if (computed == Enumerable.Range(1, (int)n).Aggregate(1u, (product, factor) => product * (uint)factor)) right++;
        else wrong++;
        interrupt.Device.WriteRegisterUlong(Bar, Factorial, n = n % 12 + 1);
    }
}
