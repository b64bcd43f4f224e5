using Pcie.DriverModel.Bus;
using Pcie.DriverModel.Framework;
using Pcie.DriverModel.Kernel.Dpcs;
using Pcie.DriverModel.Kernel.Interrupts;
using Pcie.DriverModel.Tests.Fixtures;
using Pcie.Pci;
using Pcie.Pci.Messages;
using Pcie.Time;

namespace Pcie.DriverModel.Tests.Framework;

public sealed class WdfDeviceTests
{
    private const int Msi = 0x50;
    private readonly Fixtures.Host host = new();
    private readonly RecordingDriver driver;

    public WdfDeviceTests()
    {
        host.Device.AddBar(0, 4096);
        host.Device.AddMsi(Msi, 1);
        driver = new RecordingDriver(host);
    }

    private Machine Machine => host.Machine;

    [Fact]
    public void CallbacksComeInTheOrderOfKmdf()
    {
        var device = Start();
        Assert.True(device.IsStarted);
        Assert.Equal(
        [
            "PrepareHardware: BAR decoded, no message enabled", "D0Entry: no message enabled", "InterruptEnable 0",
            "InterruptEnable 1",
            "PostInterruptsEnabled",
        ], driver.Calls);
        Assert.True(host.Device.Get32(Msi) >> 16 is var control && (control & 1) == 1);

        driver.Calls.Clear();
        device.Stop();
        Machine.RunTo(30_000_000);
        Assert.False(device.IsStarted);
        Assert.Equal(["InterruptDisable 0", "InterruptDisable 1", "D0Exit: no message enabled"], driver.Calls);
        var before = Machine.Kernel.Interrupts.Spurious;
        host.Device.SendMessage(Msi, 0);
        Assert.Equal(before + 1, Machine.Kernel.Interrupts.Spurious);
    }

    [Fact]
    public void EachMessageHasAnInterruptAndADpcOfItsOwn()
    {
        var device = Start();
        driver.Calls.Clear();
        host.Device.SendMessage(Msi, 1);
        Machine.RunTo(20_000_000);
        Assert.Equal(["Isr 1", "Dpc 1"], driver.Calls);
        Assert.Equal([0L, 1L], device.Interrupts.Select(i => i.Dpc.Runs));
    }

    [Fact]
    public void AnIsrThatDisclaimsIsCounted()
    {
        var device = Start();
        driver.Isr = (_, _) => ValueTask.FromResult(false);
        host.Device.SendMessage(Msi, 0);
        Machine.RunTo(20_000_000);
        Assert.Equal((1, 0), (device.UnclaimedInterrupts, device.Interrupts[0].Dpc.Runs));
    }

    [Fact]
    public void DelayIsFromTheEndOfTheIsrThatQueued()
    {
        var device = Start();
        driver.Isr = async (interrupt, _) =>
        {
            interrupt.QueueDpcForIsr();
            await device.StallExecution(new Duration(400));
            return true;
        };
        var time = Machine.Timeline.Now.Nanoseconds;
        // A DPC in front for 50 µs from before the first of three interrupts.
        Machine.QueueAt(time + 1_000, Machine.Dpc("in front", 50_000));
        foreach (var offset in new[] { 5_000, 20_000, 30_000 }) Machine.At(time + offset, () => host.Device.SendMessage(Msi, 0));
        Machine.RunTo(time + 1_000_000);
        // From 5.4 µs, when the first ended, to 52.2 µs: the ISRs took their time off the DPC in front.
        Assert.Equal(new Duration(51_000 + 3 * 400 - 5_400), device.Interrupts[0].LastIsrToDpc);
        Assert.Equal((1, 2), (device.Interrupts[0].Dpc.Queued, device.Interrupts[0].Dpc.Coalesced));
        Assert.Equal((1, device.Interrupts[0].LastIsrToDpc), (device.IsrToDpc.Count, device.IsrToDpc.Max));
    }

    [Fact]
    public void ADpcThatBeginsElsewhereBeforeItsIsrHasEndedHasNoDelay()
    {
        var device = Start(new WdfDeviceOptions { Name = "card", DpcImportance = DpcImportance.High, DpcProcessor = 1 });
        driver.Isr = async (interrupt, _) =>
        {
            interrupt.QueueDpcForIsr();
            await device.StallExecution(new Duration(10_000));
            return true;
        };
        var time = Machine.Timeline.Now.Nanoseconds;
        foreach (var offset in new[] { 5_000, 50_000 }) Machine.At(time + offset, () => host.Device.SendMessage(Msi, 0));
        Machine.RunTo(time + 1_000_000);
        Assert.Equal((2, Duration.Zero), (device.IsrToDpc.Count, device.IsrToDpc.Max));
    }

    [Fact]
    public void InterruptsGoToTheirProcessorAndDpcsToTheirs()
    {
        var device = Start(new WdfDeviceOptions { Name = "card", InterruptProcessor = 1, DpcProcessor = 0,
            DpcImportance = DpcImportance.High });
        host.Device.SendMessage(Msi, 0);
        Machine.RunTo(20_000_000);
        Assert.Equal([1, 0], Spans.Of(Machine).Select(s => s.Processor));
        Assert.Equal("card message 0", Machine.Order[0]);
        Assert.True(device.IsStarted);
    }

    [Theory]
    [InlineData(InterruptAffinity.OneCloseProcessor, 1, 1)]
    [InlineData(InterruptAffinity.SpreadMessagesAcrossAllProcessors, 0, 1)]
    public void MessagesOfMsixGoToOneProcessorOrEachToTheNextInTurn(InterruptAffinity affinity, int second, int third)
    {
        host.Device.AddMsix(0x70, 3, bar: 0);
        host.Device.Config[0x34] = 0x70;
        host.Device.Writes = (address, value) => host.Device.Memory[address] = value;
        var device = Start(new WdfDeviceOptions { Name = "card", Interrupts = MessageKind.MsiX, InterruptProcessor = 1,
            InterruptAffinity = affinity });
        for (var entry = 0; entry < 3; entry++)
        {
            host.Device.SendEntry(device.Resources.Bars[0].Address, entry);
            Machine.RunTo(Machine.Timeline.Now.Nanoseconds + 1_000_000);
        }
        // ISR and DPC of each: the DPC is where its ISR was.
        Assert.Equal([1, 1, second, second, third, third], Spans.Of(Machine).Select(s => s.Processor));
    }

    [Theory]
    [InlineData(MessageKind.Msi, 8)]
    [InlineData(MessageKind.MsiX, 15)]
    public void AsManyMessagesAsPossibleAreUsedWhenVectorsAreScarce(MessageKind kind, int granted)
    {
        host.Device.AddMsi(Msi, 5, next: 0x70);
        host.Device.AddMsix(0x70, 32, bar: 0);
        // The first of every sixteen is taken.
        for (var vector = 0x30; vector <= 0xC0; vector += 0x10) Machine.Interrupt($"{vector:X2}", (byte)vector, 1);
        var device = Start(new WdfDeviceOptions { Name = "card", Interrupts = kind }, new BusOptions { Grant = GrantRule.AsManyAsPossible });
        Assert.Equal((32, granted), (device.Resources.MessagesAsked, device.Resources.MessagesGranted));
        Assert.Equal(granted, device.Interrupts.Count);
    }

    [Fact]
    public void OneMessageIsUsedWhenNoBlockOfVectorsIsFree()
    {
        host.Device.AddMsi(Msi, 5);
        for (var vector = 0x30; vector <= 0xC0; vector += 0x10) Machine.Interrupt($"{vector:X2}", (byte)vector, 1);
        var device = Start();
        Assert.Equal((32, 1), (device.Resources.MessagesAsked, device.Resources.MessagesGranted));
        host.Device.SendMessage(Msi, 0);
        Machine.RunTo(20_000_000);
        Assert.Equal("Dpc 0", driver.Calls[^1]);
    }

    [Fact]
    public void ADeviceWithoutMessagesIsNotStarted()
    {
        host.Device.Set32(0x04, 0, 0xFFFF);
        var device = Start();
        Assert.False(device.IsStarted);
        Assert.Contains("neither MSI nor MSI-X", device.StartFailure);
        Assert.Empty(driver.Calls);
    }

    [Fact]
    public void ADriverThatFindsTheDeviceUnusableSaysWhy()
    {
        driver.PrepareHardware = () => throw new DeviceNotUsableException("Its ID register reads 7.");
        var device = Start();
        Assert.Equal((false, "Its ID register reads 7."), (device.IsStarted, device.StartFailure));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(20_500)]
    [InlineData(28_500)]
    public void ADeviceThatGoesWhileItStartsIsReportedGone(long at)
    {
        Machine.At(at, host.LinkDown);
        var device = Start();
        Assert.Equal((false, "The card went away."), (device.IsStarted, device.StartFailure));
    }

    [Fact]
    public void SurpriseRemovalTellsTheDriverAndTakesBackWhatIsQueued()
    {
        var device = Start();
        var time = Machine.Timeline.Now.Nanoseconds;
        Machine.QueueAt(time + 1_000, Machine.Dpc("in front", 50_000));
        Machine.At(time + 2_000, () => host.Device.SendMessage(Msi, 0));
        Machine.At(time + 3_000, host.LinkDown);
        Machine.RunTo(time + 1_000_000);
        Assert.Equal("SurpriseRemoval", Assert.Single(driver.Calls, c => c == "SurpriseRemoval"));
        Assert.Equal((true, false, 0), (device.IsRemoved, device.IsStarted, device.Interrupts[0].Dpc.Runs));
    }

    [Fact]
    public void ASurpriseRemovalTakesTheDeviceDownInTheOrderOfKmdf()
    {
        Start();
        driver.Calls.Clear();
        host.LinkDown();
        Machine.RunTo(20_000_000);
        Assert.Equal(["SurpriseRemoval", "InterruptDisable 0", "InterruptDisable 1", "D0Exit", "ReleaseHardware"],
            driver.Calls.Select(c => c.Split(':')[0]));
    }

    [Fact]
    public void ADeviceThatItsDriverGivesUpWhileItStartsIsStartedAgain()
    {
        driver.InterruptEnabled = device =>
        {
            if (device.Restarts == 0) device.SetFailed(DeviceFailedAction.AttemptRestart);
        };
        var device = Start();
        Assert.Equal((false, null), (device.IsStarted, device.StartFailure));
        Machine.RunTo(40_000_000);
        Assert.Equal((1, true, true, null), (device.Restarts, device.IsStarted, device.HasStarted, device.StartFailure));
    }

    [Fact]
    public void ADeviceThatItsDriverGivesUpForGoodWhileItStartsIsTakenDown()
    {
        driver.InterruptEnabled = device => device.SetFailed(DeviceFailedAction.NoRestart);
        var device = Start();
        Machine.RunTo(40_000_000);
        Assert.Equal((0, false, false), (device.Restarts, device.IsStarted, device.HasStarted));
        Assert.Equal("The device left the bus while it was being started.", device.StartFailure);
        Assert.Equal("ReleaseHardware", driver.Calls[^1]);
        // Its vectors are free again.
        Assert.Equal((byte)(Irql.LastDeviceVector - 1), Machine.Kernel.Interrupts.FindFreeVectors(2));
    }

    [Fact]
    public void ADeviceThatFailsWhileItIsStartedAgainHasBeenStartedAllTheSame()
    {
        var device = Start();
        driver.InterruptEnabled = d => d.SetFailed(DeviceFailedAction.NoRestart);
        device.SetFailed(DeviceFailedAction.AttemptRestart);
        Machine.RunTo(40_000_000);
        Assert.Equal((1, false, true), (device.Restarts, device.IsStarted, device.HasStarted));
    }

    [Fact]
    public void ACommonBufferIsSeenByTheDevice()
    {
        var buffer = Start().CommonBufferCreate(64);
        host.Device.SendToHost(TlpKind.MemoryWrite, buffer.Address, 1, 2, 3, 4);
        Assert.Equal([1, 2, 3, 4], buffer.Span[..4].ToArray());
    }

    private WdfDevice Start(WdfDeviceOptions? options = null, BusOptions? bus = null)
    {
        var device = new WdfDevice(driver, Machine.Kernel, host.Root, options ?? new WdfDeviceOptions { Name = "card" }, bus ?? new BusOptions());
        device.Start();
        Machine.RunTo(10_000_000);
        return device;
    }

    private sealed class RecordingDriver(Fixtures.Host host) : FunctionDriver
    {
        public List<string> Calls { get; } = [];
        public Action PrepareHardware { get; set; } = () => { };
        public Action<WdfDevice> InterruptEnabled { get; set; } = _ => { };

        public Func<WdfInterrupt, int, ValueTask<bool>> Isr { get; set; } = (interrupt, _) =>
        {
            interrupt.QueueDpcForIsr();
            return ValueTask.FromResult(true);
        };

        private string Messages => (host.Device.Get32(Msi) >> 16 & 1) == 0 ? "no message enabled" : "messages enabled";

        public override ValueTask EvtDevicePrepareHardware(WdfDevice device)
        {
            PrepareHardware();
            var decodes = (host.Device.Get32(0x04) & 2) != 0;
            return Called($"PrepareHardware: {(decodes ? "BAR decoded" : "BAR not decoded")}, {Messages}");
        }

        public override ValueTask EvtDeviceD0Entry(WdfDevice device) => Called($"D0Entry: {Messages}");

        public override ValueTask EvtInterruptEnable(WdfInterrupt interrupt)
        {
            InterruptEnabled(interrupt.Device);
            return Called($"InterruptEnable {interrupt.MessageId}");
        }

        public override ValueTask EvtDeviceD0EntryPostInterruptsEnabled(WdfDevice device) => Called("PostInterruptsEnabled");
        public override ValueTask EvtInterruptDisable(WdfInterrupt interrupt) =>
            Called($"InterruptDisable {interrupt.MessageId}");
        public override ValueTask EvtDeviceD0Exit(WdfDevice device) => Called($"D0Exit: {Messages}");
        public override ValueTask EvtDeviceReleaseHardware(WdfDevice device) => Called("ReleaseHardware");
        public override void EvtDeviceSurpriseRemoval(WdfDevice device) => Calls.Add("SurpriseRemoval");
        public override ValueTask EvtInterruptDpc(WdfInterrupt interrupt) => Called($"Dpc {interrupt.MessageId}");

        public override ValueTask<bool> EvtInterruptIsr(WdfInterrupt interrupt, int messageId)
        {
            Calls.Add($"Isr {messageId}");
            return Isr(interrupt, messageId);
        }

        private ValueTask Called(string call)
        {
            Calls.Add(call);
            return ValueTask.CompletedTask;
        }
    }
}
