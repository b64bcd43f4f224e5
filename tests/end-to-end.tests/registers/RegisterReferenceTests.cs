using System.Reflection;
using Pcie.Card.Daq;
using Pcie.Host.Daq;

namespace Pcie.EndToEnd.Tests.Registers;

/// <summary>The data sheet is what the card decodes, and the driver's header is what the data sheet says.</summary>
public sealed class RegisterReferenceTests
{
    private static readonly IReadOnlyList<AddressSpace> Spaces = AddressSpace.OfDefaultCard();

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

    [Fact]
    public void TheDriverFindsEveryRegisterWhereTheCardHasIt()
    {
        var card = OffsetsOf(typeof(DaqOffset)).ToDictionary();
        var driver = OffsetsOf(typeof(DaqRegister)).Where(offset => card.ContainsKey(Plain(offset.Key))).ToList();

        Assert.True(driver.Count >= 15, "The two headers have too few names in common to be compared.");
        Assert.All(driver, offset => Assert.Equal(card[Plain(offset.Key)], offset.Value));
    }

    // The card calls the low half of a pair by the pair's name.
    private static string Plain(string name) => name.EndsWith("Low", StringComparison.Ordinal) ? name[..^"Low".Length] : name;

    private static IEnumerable<KeyValuePair<string, uint>> OffsetsOf(Type header) =>
        from constant in header.GetFields(BindingFlags.Public | BindingFlags.Static)
        where constant.FieldType == typeof(uint)
        select new KeyValuePair<string, uint>(constant.Name, (uint)constant.GetRawConstantValue()!);
}
