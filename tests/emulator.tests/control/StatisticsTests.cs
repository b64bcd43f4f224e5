using Pcie.Emulator.Daq;
using Pcie.Emulator.Device;
using Pcie.Emulator.Edu;
using Pcie.Emulator.Hosting;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Control;

public sealed class StatisticsTests
{
    [Fact]
    public void ACardSaysWhatARunsAccountRestsOnAndOneWithoutASourceSaysThatItKeepsNone()
    {
        using var daq = Host(CardDesign.Daq(new DaqCardOptions()));
        using var edu = Host(CardDesign.Edu);

        Assert.NotNull(daq.GetStatistics().Account.Chunks);
        Assert.NotNull(daq.GetStatistics().Account.Interrupts);
        Assert.Null(edu.GetStatistics().Account);
    }

    private static CardHost Host(CardDesign design) => new(design, Duration.FromMilliseconds(50));
}
