using Pcie.Pci.Config;
using Pcie.TestKit.Devices;
using Pcie.Time;

namespace Pcie.TestKit.Conformance.Checks;

internal sealed class LineInterrupt() : ConformanceCheck(
    "line-interrupt", "With no message enabled the line is asserted for as long as the function wants service, unless Interrupt Disable is set, and "
        + "Interrupt Status tells; with messages enabled it is deasserted.", "6.1.2, 7.5.1.1.3, 7.5.1.1.4, 7.7.1.2")
{
    private const uint InterruptStatus = 1 << 3, Enabled = ConfigLayout.MemorySpace | ConfigLayout.BusMaster;

    private static readonly Duration Soon = Duration.FromMilliseconds(1);

    public override void Run(TestBench bench, DeviceProfile device)
    {
        if (bench.Config.Read(ConfigLayout.Interrupt + 1, 1) == 0) throw new NotApplicableException("the function has no line: Interrupt Pin is 0");
        if (!bench.CarriesInterruptLine) throw new NotApplicableException("the link to this device carries no line");
        bench.Enumerate();
        Expect(bench, asserted: false, status: false);
        bench.Step("an interrupt is raised");
        device.Raise(bench, 0);
        Expect(bench, asserted: true, status: true);
        bench.ExpectNoMessage(Soon);
        bench.Step("Interrupt Disable is set");
        bench.Config.Write(ConfigLayout.Command, Enabled | ConfigLayout.InterruptDisable, 2);
        Expect(bench, asserted: false, status: true);
        bench.Step("Interrupt Disable is clear");
        bench.Config.Write(ConfigLayout.Command, Enabled, 2);
        Expect(bench, asserted: true, status: true);
        bench.Step("the interrupt is acknowledged");
        if (device.Acknowledge(bench)) Expect(bench, asserted: false, status: false);
        else bench.NotTried("an acknowledge: the profile has none");
        Enable(bench);
        bench.Step("an interrupt is raised while messages are enabled");
        bench.ExpectLine(asserted: false, Soon);
        device.Raise(bench, 0);
        bench.Wait(Soon);
        bench.ExpectLine(asserted: false, Soon);
    }

    private static void Enable(TestBench bench)
    {
        try
        {
            MessageProgramming.EnableAny(bench);
        }
        catch (NotApplicableException e)
        {
            bench.NotTried($"messages: {e.Message}");
        }
    }

    private static void Expect(TestBench bench, bool asserted, bool status)
    {
        bench.ExpectLine(asserted, Soon);
        var read = (bench.Config.Read(ConfigLayout.Status, 2) & InterruptStatus) != 0;
        bench.Expect(read == status, $"Interrupt Status: expected {(status ? 1 : 0)}, read {(read ? 1 : 0)}");
    }
}
