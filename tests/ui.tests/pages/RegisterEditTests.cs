using Pcie.Control.Wire;
using Pcie.Ui.Pages;

namespace Pcie.Ui.Tests.Pages;

/// <summary>What is written so that one field gets a value.</summary>
public sealed class RegisterEditTests
{
    private static readonly FieldDescription
        Mode = new() { Name = "MODE", LowestBit = 1, WidthBits = 2, Access = "RW" },
        Enable = new() { Name = "ENABLE", LowestBit = 0, WidthBits = 1, Access = "RW" },
        Event = new() { Name = "EVENT", LowestBit = 8, WidthBits = 1, Access = "W1C" };

    private static readonly RegisterDescription Register = new() { Name = "R", WidthBits = 32, Fields = { Enable, Mode, Event } };

    [Fact]
    public void OtherFieldsStayAndWhatActsOnAWrittenOneDoesNothing() => Assert.Equal(0b101u, RegisterEdit.ValueOf(Register, Mode, 0x1_01, 2));

    [Fact]
    public void AFieldThatIsClearedByWritingAOneIsClearedAlone() => Assert.Equal(0x107u, RegisterEdit.ValueOf(Register, Event, 0x107, 1));

    [Fact]
    public void AValueThatDoesNotFitIsRefused() => Assert.Equal("0x4 does not fit MODE, which has 2 bits.",
        Assert.Throws<FormatException>(() => RegisterEdit.ValueOf(Register, Mode, 0, 4)).Message);
}
