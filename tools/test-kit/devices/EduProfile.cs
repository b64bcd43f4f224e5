namespace Pcie.TestKit.Devices;

/// <summary>QEMU's educational device (docs/specs/edu.rst). Its DMA reaches 256 MiB only, and no memory of the bench lies there.</summary>
public sealed class EduProfile : DeviceProfile
{
    private static readonly RegisterMap Map = new RegisterMap()
        .Register("LIVENESS", 0, 0x04).Register("INTERRUPT_STATUS", 0, 0x24).Register("INTERRUPT_RAISE", 0, 0x60).Register("INTERRUPT_ACKNOWLEDGE",
            0, 0x64);

    public override string Name => "the educational device";
    public override RegisterMap Registers => Map;
    public override int Messages => 1;

    public override void Raise(TestBench bench, int message)
    {
        bench.Write("INTERRUPT_ACKNOWLEDGE", uint.MaxValue);
        bench.Write("INTERRUPT_RAISE", 1);
    }

    public override bool Acknowledge(TestBench bench)
    {
        bench.Write("INTERRUPT_ACKNOWLEDGE", uint.MaxValue);
        return true;
    }
}
