using Pcie.Emulator.Daq.Card;
using Pcie.Emulator.Daq.Interrupts;
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
        Assert.Equal(DaqCard.IdValue, card.Read("ID"));
        Assert.Equal(0x0001_0001u, card.Read("VERSION"));
        Assert.Equal(64u, card.Read("CHUNK_SIZE"));
        Assert.Equal(64u, card.Read("MAX_SLOTS"));
    }

    [Fact]
    public void ScratchKeepsWhatIsWritten()
    {
        card.Write("SCRATCH", 0xDEADBEEF);
        Assert.Equal(0xDEADBEEF, card.Read("SCRATCH"));
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
        Assert.Equal(1u, card.Read("INT_RAISED_LO"));
        card.Card.Registers.Find("INT_RAISED_HI")!.Value = 7;
        Assert.Equal(7u, card.Read("INT_RAISED_HI"));
        Assert.Equal(1ul, card.Host.Read64(DaqHost.OffsetOf("INT_RAISED_LO")));
    }

    [Fact]
    public void PeekChangesNothingAndPokeActsAsAWrite()
    {
        var registers = card.Card.Registers;
        card.EnableCauses(Cause.Test);
        registers.Poke(registers.Find("INT_TEST")!, 1u << (int)Cause.Test);
        Assert.Equal([0], card.Vectors);
        Assert.Equal(1u << (int)Cause.Test, registers.Find("INT_CAUSE")!.Peek());
        Assert.Equal(0u, registers.Find("INT_TEST")!.Peek());
    }
}
