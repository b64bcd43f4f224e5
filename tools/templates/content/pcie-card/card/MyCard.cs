using Pcie.Emulator.BusMastering;
using Pcie.Emulator.Device;
using Pcie.Emulator.Hosting;
using Pcie.Emulator.Registers;
using Pcie.Time;
using static Pcie.Emulator.Registers.Access;

/// <summary>Fills a buffer of host memory with a ramp (0, 1, 2, …), and says by a message that it is there.</summary>
public sealed class MyCard : ICard, ITimelineTarget
{
    // 1. What the bus sees of it. Configuration space, BARs, MSI and MSI-X are made of this.
    public static readonly DeviceIdentity Identity = new()
    {
        Name = "MyCard", VendorId = 0x1234, DeviceId = 0xCA4D, ClassCode = 0x118000, SubsystemVendorId = 0x1234, SubsystemId = 1,
        Bars = [4096], MsiMessages = 1,
    };

    public static CardDesign Design { get; } = new(Identity, port => new MyCard(port));

    private static readonly Duration FillTime = Duration.FromMicroseconds(50);

    private readonly IDevicePort port;
    private readonly HostTransfer transfer;
    private readonly TimelineEvent filled;
    private readonly RegisterPair address;
    private readonly Register length, control, cause;
    private ulong fills;

    public MyCard(IDevicePort port)
    {
        this.port = port;
        transfer = new HostTransfer(port, Moved);
        filled = port.Timeline.CreateEvent(this);

        // 2. Its registers: each declared once, with what it does. `emu regs` and the test kit know them from here.
        var set = new RegisterSet();
        set.Declare("ID", 0x00, "What this is").Field(0, 32, "MAGIC", RO, "ASCII \"MYCD\"", 0x4D594344);
        set.Declare("SCRATCH", 0x04, "For tests").Field(0, 32, "VALUE", RW, "does nothing");
        address = set.Declare(RegisterPair.Address("ADDRESS", 0x10, "Where the ramp goes"));
        length = set.Declare("LENGTH", 0x18, "How long it is")
            .Field(0, 2, "ALIGNMENT", RO, "zero: whole DWs").Field(2, 14, "DWS", RW, "in DWs").Reserved(16, 16);
        control = set.Declare("CONTROL", 0x1C, "Starts a fill")
            .Flag(0, "START", W1S, "write 1 to begin; 0 again at the end").Reserved(1, 31)
            .OnWrite(write => { if ((write.Ones & 1) != 0) filled.ScheduleAfter(FillTime); });
        cause = set.Declare("CAUSE", 0x20, "Why it sent a message")
            .Flag(0, "DONE", W1C, "the ramp is in host memory").Flag(1, "ERROR", W1C, "it could not be written").Reserved(2, 30);
        Registers = new RegisterFile(4096, set.Declared);
    }

    public RegisterFile Registers { get; }

    public IEnumerable<KeyValuePair<string, ulong>> Statistics => [new("fills", fills), .. Registers.Statistics];

    // 3. What it does in time. Nothing sleeps: an event of the timeline comes due.
    void ITimelineTarget.Due(int tag)
    {
        var ramp = new byte[length.Value];
        for (var i = 0; i < ramp.Length; i++) ramp[i] = (byte)i;
        transfer.Write(address.Value, ramp);
    }

    // 4. The end of its DMA: the data went first, so the message finds it there.
    private void Moved(TransferOutcome outcome)
    {
        control.Value = 0;
        if (outcome == TransferOutcome.Done) fills++;
        cause.Value |= outcome == TransferOutcome.Done ? 1u : 2u;
        port.RaiseMessage(0);
    }

    public void Reset()
    {
        filled.Cancel();
        transfer.Stop();
        Registers.Reset();
    }

    public void Dispose() { }
}
