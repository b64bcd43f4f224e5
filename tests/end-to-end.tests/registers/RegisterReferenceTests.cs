using Pcie.Docs.Registers;

namespace Pcie.EndToEnd.Tests.Registers;

public sealed class RegisterReferenceTests
{
    // SystemRDL 2.0, 5.1.4: names are unique in their scope.
    [Fact]
    public void NoRegisterHasTwoFieldsOfOneName() =>
        Assert.All(AddressSpace.All().SelectMany(space => space.File.Registers), register => Assert.Distinct(register.Fields.Select(f => f.Name)));
}
