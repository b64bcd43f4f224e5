namespace Pcie.EndToEnd.Tests.Registers;

/// <summary>The data sheet is what the card decodes.</summary>
public sealed class RegisterReferenceTests
{
    private static readonly IReadOnlyList<AddressSpace> Spaces = AddressSpace.All();

    [Fact]
    public void TheDataSheetIsWhatTheDeclarationsSay() =>
        GeneratedDocument.MustBe("registers.md", RegisterReference.Of(Spaces), "the card's declaration");

    [Fact]
    public void TheSystemRdlIsWhatTheDeclarationsSay() =>
        GeneratedDocument.MustBe("registers.rdl", SystemRdl.Of(Spaces), "the card's declaration");

    // SystemRDL 2.0, 5.1.4: names are unique in their scope.
    [Fact]
    public void NoRegisterHasTwoFieldsOfOneName() =>
        Assert.All(Spaces.SelectMany(space => space.File.Registers), register => Assert.Distinct(register.Fields.Select(f => f.Name)));
}
