using Pcie.Emulator.Daq.Card;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Daq.Streaming;
using Pcie.EndToEnd.Tests.Bus;
using System.Text.Json;
using Pcie.DriverModel.Daq;
using CardRearmPolicy = Pcie.Emulator.Daq.RearmPolicy;
using CardWhenFull = Pcie.Emulator.Daq.WhenFull;
using HostRearmPolicy = Pcie.DriverModel.Daq.RearmPolicy;
using HostWhenFull = Pcie.DriverModel.Daq.WhenFull;

namespace Pcie.EndToEnd.Tests.Scenarios;

/// <summary>
/// Driver and card know nothing of each other's code, as a driver's header and a data sheet do: what both write down must be the same.
/// </summary>
public sealed class DriverKnowsTheCardTests
{
    // The driver calls registers by the card's names, in its own spelling.
    private static readonly Dictionary<string, string> OtherNames = new()
    {
        ["DMA_BASE_LOW"] = "DMA_BASE_LO", ["DMA_BASE_HIGH"] = "DMA_BASE_HI", ["STATUS_BASE_LOW"] = "STATUS_BASE_LO",
        ["STATUS_BASE_HIGH"] = "STATUS_BASE_HI", ["INT_MODERATION"] = "INT_MODERATION0",
    };

    public static TheoryData<string> Offsets =>
        [.. typeof(DaqRegister).GetFields().Where(f => f.FieldType == typeof(uint) && !Bits.Contains(f.Name)).Select(f => f.Name)];

    private static readonly string[] Bits =
        [nameof(DaqRegister.IdValue), nameof(DaqRegister.DmaEnable), nameof(DaqRegister.StatusEnable),
            nameof(DaqRegister.SourceRun), nameof(DaqRegister.DmaBusy), nameof(DaqRegister.DmaHolding), nameof(DaqRegister.SourceEnded),
            nameof(DaqRegister.SourceRunning), nameof(DaqRegister.SourceFinite)];

    [Theory]
    [MemberData(nameof(Offsets))]
    public void EveryRegisterThatTheDriverUsesIsWhereTheCardHasIt(string name)
    {
        var atTheCard = JsonNamingPolicy.SnakeCaseUpper.ConvertName(name);
        Assert.Equal(CardRegister.At(OtherNames.GetValueOrDefault(atTheCard, atTheCard)), typeof(DaqRegister).GetField(name)!.GetRawConstantValue());
    }

    [Fact]
    public void TheBitsThatTheDriverKnowsAreTheFieldsOfTheCard()
    {
        Assert.Equal(DaqCard.IdValue, DaqRegister.IdValue);
        Assert.Equal(DaqRegister.DmaEnable, MaskOf("DMA_CONTROL", "ENABLE"));
        Assert.Equal(3u << DaqRegister.DmaModeShift, MaskOf("DMA_CONTROL", "MODE"));
        Assert.Equal(3u << DaqRegister.DmaWhenFullShift, MaskOf("DMA_CONTROL", "WHEN_FULL"));
        Assert.Equal(DaqRegister.StatusEnable, MaskOf("STATUS_BASE_LO", "ENABLE"));
        Assert.Equal(DaqRegister.SourceRun, MaskOf("SOURCE_CONTROL", "RUN"));
        Assert.Equal(DaqRegister.DmaBusy, MaskOf("DMA_STATUS", "BUSY"));
        Assert.Equal(DaqRegister.DmaHolding, MaskOf("DMA_STATUS", "HOLDING"));
        Assert.Equal(DaqRegister.SourceEnded, MaskOf("DMA_STATUS", "SOURCE_ENDED"));
        Assert.Equal(DaqRegister.SourceRunning, MaskOf("DMA_STATUS", "SOURCE_RUNNING"));
        Assert.Equal(DaqRegister.SourceFinite, MaskOf("DMA_STATUS", "SOURCE_FINITE"));
        Assert.Equal((uint)Routing.PerCause, MaskOf("INT_ROUTING", "PER_CAUSE"));
        Assert.Equal((uint)Causes.All, CauseBits.All);
    }

    [Fact]
    public void TheCausesThatTheDriverHandlesAreThoseThatTheCardRaises() =>
        Assert.Equal(
            Enum.GetValues<Cause>().Select(cause => (cause.ToString(), 1u << (int)cause)),
            Enum.GetValues<Causes>().Where(causes => causes is not (Causes.None or Causes.All)).Select(causes => (causes.ToString(), (uint)causes)));

    [Fact]
    public void TheChoicesThatTheDriverWritesMeanTheSameToTheCard()
    {
        Assert.Equal(
            Enum.GetValues<CardRearmPolicy>().Select(policy => (policy.ToString(), (int)policy)),
            Enum.GetValues<HostRearmPolicy>().Select(policy => (policy.ToString(), (int)policy)));
        Assert.Equal(
            [(int)DmaMode.OneBuffer, (int)DmaMode.PingPong, (int)DmaMode.Ring, (int)DmaMode.ScatterGather],
            [(int)Buffering.Single, (int)Buffering.PingPong, (int)Buffering.Ring, (int)Buffering.ScatterGather]);
        Assert.Equal(
            Enum.GetValues<CardWhenFull>().Select(choice => (choice.ToString(), (int)choice)),
            Enum.GetValues<HostWhenFull>().Select(choice => (choice.ToString(), (int)choice)));
    }

    private static uint MaskOf(string register, string field) =>
        CardRegister.All.Find(register)![field].Mask;
}
