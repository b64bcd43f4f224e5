using Pcie.Docs.Registers;
using Pcie.Registers;
using Pcie.Registers.Formats;

namespace Pcie.EndToEnd.Tests.Registers;

public sealed class RegisterReferenceTests
{
    // SystemRDL 2.0, 5.1.4: names are unique in their scope.
    [Fact]
    public void NoRegisterHasTwoFieldsOfOneName() =>
        Assert.All(RegisterDocuments.Cards().Blocks.SelectMany(block => block.Registers), register =>
            Assert.Distinct(register.Fields.Select(one => one.Name)));

    [Fact]
    public void TheSystemRdlOfTheDocsIsReadBackAsTheCardsRegisters()
    {
        var cards = RegisterDocuments.Cards();
        var text = RegisterDocuments.SystemRdl(cards);

        foreach (var block in cards.Blocks)
        {
            var read = MapFile.Parse(text, "registers.rdl", block.Name).Map.Blocks.Single();
            Assert.Equal((block.Name, block.Bar, block.Title), (read.Name, read.Bar, read.Title));
            Assert.Equal(Lines(block.Registers.Where(register => register.Fields.Count > 0)), Lines(read.Registers));
        }
        Assert.Contains("choose one by FILE#NAME: daq_bar0, daq_configuration, edu_bar0",
            Assert.Throws<InvalidDataException>(() => MapFile.Parse(text, "registers.rdl")).Message, StringComparison.Ordinal);

        static IEnumerable<string> Lines(IEnumerable<MapRegister> registers) => registers.Select(register =>
            $"{register.Name} {register.Offset} {register.Description} " + string.Join(" ", register.Fields.Select(one =>
                $"{one.Name}[{one.Bits}] {one.Access} {one.Reset} {one.Description}")));
    }
}
