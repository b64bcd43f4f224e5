using Pcie.Pci.Messages;
using Pcie.TestKit;
using Pcie.TestKit.Conformance;
using Pcie.TestKit.Devices;
using Pcie.TestKit.Emulated;
using Pcie.Time;

public sealed class MyCardTests
{
    private static readonly CardUnderTest Card = new(MyCard.Design);

    [Fact]
    public void TheRampIsThereWhenTheMessageComes()
    {
        using var bench = Card.Bench();
        bench.Enumerate();
        bench.EnableMessages(MessageKind.Msi, 1);
        var buffer = bench.Memory.Allocate(1024);

        bench.Step("filled");
        bench.Write("ADDRESS_LO", (uint)buffer.Address);
        bench.Write("ADDRESS_HI", (uint)(buffer.Address >> 32));
        bench.Write("LENGTH", 1024);
        bench.Write("CONTROL.START", 1);
        bench.ExpectMessage(0, within: Duration.FromMicroseconds(60));
        bench.ExpectMemory(buffer, 0, [.. Enumerable.Range(0, 1024).Select(i => (byte)i)]);
        bench.Expect("CAUSE.DONE", 1);

        bench.Step("acknowledged");
        bench.Write("CAUSE.DONE", 1);
        bench.Expect("CAUSE", 0);
        bench.ExpectNoMessage(during: Duration.FromMilliseconds(1));
    }

    [Fact]
    public void ItDoesWhatTheSpecificationSays()
    {
        var report = ConformanceSuite.Run(Card, ConformanceSuite.Checks, new(), null, TestContext.Current.CancellationToken, new Profile());

        Assert.Equal([], report.Results.Where(result => result.Outcome == CheckOutcome.Failed).Select(result => result.Expectation));
    }

    /// <summary>What no standard says: how to make this card send.</summary>
    private sealed class Profile : DeviceProfile
    {
        public override string Name => "MyCard";
        public override RegisterMap Registers { get; } = new RegisterMap().Register("SCRATCH", 0, 0x04).Register("CONTROL", 0, 0x1C)
            .Register("CAUSE", 0, 0x20).Field("CAUSE.DONE", 0, keeps: false);
        public override string Scratch => "SCRATCH";
        public override string WriteOneToClear => "CAUSE.DONE";
        public override int Messages => 1;

        public override void Raise(TestBench bench, int message)
        {
            bench.Write("CONTROL", 1);
            bench.Wait(Duration.FromMicroseconds(55));
        }
    }
}
