using Pcie.Emulator.Daq;
using Pcie.Emulator.Tests.Fixtures;

namespace Pcie.Emulator.Tests.Daq;

/// <summary>The register map as docs/registers.md describes it; RegisterReferenceTests hold that page and the declarations together.</summary>
public sealed class DaqRegistersTests : IDisposable
{
    private readonly DaqHost card = new();

    public void Dispose() => card.Dispose();

    [Fact]
    public void IdVersionAndSizesAreReadable()
    {
        Assert.Equal(DaqRegisters.IdValue, card.Read(DaqOffset.Id));
        Assert.Equal(0x0001_0001u, card.Read(DaqOffset.Version));
        Assert.Equal(64u, card.Read(DaqOffset.ChunkSize));
        Assert.Equal(64u, card.Read(DaqOffset.MaxSlots));
    }

    [Fact]
    public void ScratchKeepsWhatIsWritten()
    {
        card.Write(DaqOffset.Scratch, 0xDEADBEEF);
        Assert.Equal(0xDEADBEEF, card.Read(DaqOffset.Scratch));
    }

    [Fact]
    public void EveryRegisterAndFieldSaysWhatItIs() =>
        Assert.All(card.Card.Registers.Registers, register =>
        {
            Assert.NotEmpty(register.Sentence);
            Assert.All(register.Fields, field => Assert.NotEmpty(field.Sentence));
        });

    [Fact]
    public void ReadingTheLowHalfOfACounterLatchesTheHighHalf()
    {
        card.Raise(Cause.Test);
        Assert.Equal(1u, card.Read(DaqOffset.IntRaised));
        card.Card.Registers.Find(DaqOffset.IntRaised + 4)!.Value = 7;
        Assert.Equal(7u, card.Read(DaqOffset.IntRaised + 4));
        Assert.Equal(1ul, card.Host.Read64(DaqOffset.IntRaised));
    }

    [Fact]
    public void PeekChangesNothingAndPokeActsAsAWrite()
    {
        var registers = card.Card.Registers;
        card.EnableCauses(Cause.Test);
        registers.Poke(registers.Find("INT_TEST")!, 1u << (int)Cause.Test);
        Assert.Equal([0], card.Vectors);
        Assert.Equal(1u << (int)Cause.Test, registers.Peek(registers.Find("INT_CAUSE")!));
        Assert.Equal(0u, registers.Peek(registers.Find("INT_TEST")!));
    }
}
