using Pcie.Emulator.Daq;
using Pcie.Emulator.Daq.Interrupts;
using Pcie.Emulator.Tests.Fixtures;

namespace Pcie.Emulator.Tests.Daq.Interrupts;

/// <summary>The line of the data-acquisition card is asserted while an enabled cause is set and the host has enabled no message.</summary>
public sealed class InterruptLineTests : IDisposable
{
    private const string Asserted = "Assert_INTA", Again = "Assert_INTA Deassert_INTA";

    private readonly DaqHost card = new();

    public void Dispose() => card.Dispose();

    private string Line => card.Host.LineMessages;

    [Theory]
    [InlineData(RearmPolicy.PerEvent)]
    [InlineData(RearmPolicy.AutoMask)]
    [InlineData(RearmPolicy.Level)]
    public void ItIsALevelWhateverThePolicyOfMessages(RearmPolicy policy)
    {
        card.Host.DisableMsi();
        card.Policy(policy);
        card.EnableCauses(Cause.DataReady, Cause.Overrun);
        card.Raise(Cause.DataReady);
        card.Raise(Cause.Overrun);
        Assert.Equal(Asserted, Line);
        card.Acknowledge(Cause.DataReady);
        Assert.Equal(Asserted, Line);
        card.Acknowledge(Cause.Overrun);
        Assert.Equal(Again, Line);

        card.Raise(Cause.DataReady);
        Assert.Equal($"{Again} {Asserted}", Line);
        Assert.Empty(card.Vectors);
    }

    [Fact]
    public void ACauseThatIsNotEnabledDoesNotAssertIt()
    {
        card.Host.DisableMsi();
        card.Raise(Cause.Test);
        Assert.Empty(Line);
        card.EnableCauses(Cause.Test);
        Assert.Equal(Asserted, Line);
        card.EnableCauses();
        Assert.Equal(Again, Line);
    }

    [Fact]
    public void WithMessagesThereIsNone()
    {
        card.EnableCauses(Cause.Test);
        card.Raise(Cause.Test);
        Assert.Single(card.Vectors);
        Assert.Empty(Line);
    }
}
