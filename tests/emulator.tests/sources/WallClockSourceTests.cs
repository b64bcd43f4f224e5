using Pcie.Emulator.Daq;
using Pcie.Emulator.Tests.Fixtures;
using Pcie.Time;

namespace Pcie.Emulator.Tests.Sources;

/// <summary>A card whose process falls behind the wall clock: what was due is made, or counted as not produced.</summary>
public sealed class WallClockSourceTests : IDisposable
{
    private readonly DaqHost card = new();

    public WallClockSourceTests()
    {
        card.StartDma();
        card.StartSource();
        card.RunPeriods(5);
    }

    public void Dispose() => card.Dispose();

    private ulong NotProduced => card.Card.Account.Chunks.NotProduced;

    [Fact]
    public void WhatIsOverdueIsCountedAndNoLongerOnceItIsMade()
    {
        Assert.Equal(0ul, NotProduced);
        card.Host.ClockTime = new SimTime(1_250_000);
        Assert.Equal((5ul, 7ul), (card.Card.Chunks.Produced, NotProduced));
        card.RunPeriods(7);
        Assert.Equal((12ul, 0ul), (card.Card.Chunks.Produced, NotProduced));
    }

    [Fact]
    public void ASourceThatIsStoppedMakesWhatWasDueUntilThenAndNoMore()
    {
        card.Host.ClockTime = new SimTime(1_250_000);
        card.StopSource();
        Assert.Equal(DmaStatus.SourceRunning, card.Read("DMA_STATUS") & DmaStatus.SourceRunning);
        card.Host.ClockTime = new SimTime(9_000_000);
        card.RunPeriods(50);
        Assert.Equal((12ul, 0ul), (card.Card.Chunks.Produced, NotProduced));
        Assert.Equal(0u, card.Read("DMA_STATUS") & DmaStatus.SourceRunning);
    }

    [Fact]
    public void WhatItDoesNotGetToWithinASecondIsNotProduced()
    {
        card.Host.ClockTime = new SimTime(1_250_000);
        card.StopSource();
        card.Host.ClockTime = new SimTime(1_001_300_000);
        card.RunPeriods(50);
        Assert.Equal((6ul, 6ul), (card.Card.Chunks.Produced, NotProduced));
    }

    [Fact]
    public void ASourceThatIsStoppedInTimeHasMadeAll()
    {
        card.StopSource();
        card.Host.ClockTime = new SimTime(1_000_000_000);
        Assert.Equal((5ul, 0ul), (card.Card.Chunks.Produced, NotProduced));
    }

    [Fact]
    public void NoMoreIsDueOfAFileThanItHas()
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, new byte[200]);
            using var file = new DaqHost(DaqHost.Small with { Source = SourceKind.File, Path = path });
            file.StartDma();
            file.StartSource();
            file.RunPeriods(1);
            file.Host.ClockTime = new SimTime(1_000_000_000);
            var account = file.Card.Account.Chunks;
            Assert.Equal((1ul, 3ul, 136ul), (account.Produced, account.NotProduced, account.SourceBytesLeft));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
