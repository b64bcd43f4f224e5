using Pcie.Emulator.Daq;
using Pcie.Emulator.Hosting;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Control;

public sealed class StatisticsTests
{
    [Fact]
    public void ACardSaysWhatARunsAccountRestsOnAndOfOneThatSaysNothingTheFunctionKnowsTheMessages()
    {
        using var daq = Host(CardDesign.Daq(new DaqCardOptions()));
        using var edu = Host(CardDesign.Edu);

        Assert.NotNull(daq.GetStatistics().Account.Chunks);
        Assert.NotNull(daq.GetStatistics().Account.Interrupts);
        Assert.Null(edu.GetStatistics().Account.Chunks);
        Assert.NotNull(edu.GetStatistics().Account.Interrupts);
    }

    private static CardHost Host(CardDesign design) => new(design, Duration.FromMilliseconds(50));
}
