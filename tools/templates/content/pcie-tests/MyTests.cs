using Pcie.Emulator.Hosting;
using Pcie.Link;
using Pcie.Pci.Messages;
using Pcie.TestKit;
using Pcie.TestKit.Conformance;
using Pcie.TestKit.Devices;
using Pcie.TestKit.Emulated;
using Pcie.Time;

/// <summary>A test plan for a device. PCIE_DEVICE names it, as in http://127.0.0.1:5000; without, it is an edu card in this process.</summary>
public sealed class MyTests
{
    private static IDeviceUnderTest Device => Environment.GetEnvironmentVariable("PCIE_DEVICE") is { Length: > 0 } uri
        ? new LinkedDevice(LinkUri.Parse(uri), null, TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)
        : new CardUnderTest(CardDesign.Edu);

    // The registers as the data sheet has them: bar, offset, bit.
    private static RegisterMap Map => new RegisterMap()
        .Register("LIVENESS", bar: 0, 0x04)
        .Register("FACTORIAL", bar: 0, 0x08)
        .Register("STATUS", bar: 0, 0x20).Field("STATUS.COMPUTING", bit: 0, keeps: false).Field("STATUS.INTERRUPT", bit: 7)
        .Register("INT_STATUS", bar: 0, 0x24)
        .Register("INT_ACK", bar: 0, 0x64);

    [Fact]
    public void AFactorialComesByInterrupt()
    {
        var options = new TestBenchOptions();
        using var bench = new TestBench(Device.Attach(options), Map, options);
        bench.Enumerate();
        bench.EnableMessages(MessageKind.Msi, 1);

        bench.Step("alive: it answers with the complement");
        bench.Write("LIVENESS", 0x1234_5678);
        bench.Expect("LIVENESS", ~0x1234_5678u);

        bench.Step("computed");
        bench.Write("STATUS.INTERRUPT", 1);
        bench.Write("FACTORIAL", 5);
        bench.ExpectMessage(0, within: Duration.FromMilliseconds(1));
        bench.Expect("FACTORIAL", 120);

        bench.Step("acknowledged");
        bench.Write("INT_ACK", 1);
        bench.Expect("INT_STATUS", 0);
    }

    [Fact]
    public void ItDoesWhatTheSpecificationSays()
    {
        var report = ConformanceSuite.Run(Device, ConformanceSuite.Checks, new(), null, TestContext.Current.CancellationToken);

        Assert.Equal([], report.Results.Where(result => result.Outcome == CheckOutcome.Failed).Select(result => result.Expectation));
    }
}
