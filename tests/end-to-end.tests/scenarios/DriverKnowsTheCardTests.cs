using System.Reflection;
using Pcie.DriverModel.Daq;
using Pcie.Emulator.Daq;
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
    // The driver calls the halves of an address by their names; the card names the lower one for both.
    private static readonly Dictionary<string, string> OtherNames = new() { ["DmaBaseLow"] = "DmaBase", ["StatusBaseLow"] = "StatusBase" };

    private static readonly DaqRegisters Card = new(new DaqCardOptions());

    public static TheoryData<string> Offsets =>
        [.. typeof(DaqRegister).GetFields().Where(f => f.FieldType == typeof(uint) && !Bits.Contains(f.Name)).Select(f => f.Name)];

    private static readonly string[] Bits =
        [nameof(DaqRegister.IdValue), nameof(DaqRegister.DmaEnable), nameof(DaqRegister.StatusEnable),
            nameof(DaqRegister.SourceRun)];

    [Theory]
    [MemberData(nameof(Offsets))]
    public void EveryRegisterThatTheDriverUsesIsWhereTheCardHasIt(string name)
    {
        var atTheCard = typeof(DaqOffset).GetField(OtherNames.GetValueOrDefault(name, name), BindingFlags.Public | BindingFlags.Static);

        Assert.Equal(atTheCard?.GetRawConstantValue(), typeof(DaqRegister).GetField(name)!.GetRawConstantValue());
    }

    [Fact]
    public void TheBitsThatTheDriverWritesAreTheFieldsOfTheCard()
    {
        Assert.Equal(DaqRegisters.IdValue, DaqRegister.IdValue);
        Assert.Equal(DaqRegister.DmaEnable, MaskOf("DMA_CONTROL", "ENABLE"));
        Assert.Equal(3u << DaqRegister.DmaModeShift, MaskOf("DMA_CONTROL", "MODE"));
        Assert.Equal(3u << DaqRegister.DmaWhenFullShift, MaskOf("DMA_CONTROL", "WHEN_FULL"));
        Assert.Equal(DaqRegister.StatusEnable, MaskOf("STATUS_BASE_LO", "ENABLE"));
        Assert.Equal(DaqRegister.SourceRun, MaskOf("SOURCE_CONTROL", "RUN"));
        Assert.Equal((uint)Routing.PerCause, MaskOf("INT_ROUTING", "PER_CAUSE"));
        Assert.Equal(DaqRegisters.AllCauses, (uint)Causes.All);
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
        Card.All.Single(r => r.Name == register).Fields.Single(f => f.Name == field).Mask;
}
