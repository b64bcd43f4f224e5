using Pcie.Emulator.Registers;
using static Pcie.Emulator.Registers.Access;

namespace Pcie.Emulator.Tests.Registers;

/// <summary>
/// What each access mode (docs/registers.md; PCI Express Base Specification 7.4) does, byte by byte (2.2.5), and what happens where nothing is
/// declared.
/// </summary>
public sealed class RegisterFileTests
{
    private readonly Register modes;
    private readonly Register plain;
    private readonly RegisterFile file;
    private readonly List<(string Name, uint Before, uint Ones)> writes = [];
    private readonly List<string> reads = [];
    private Register? locked;

    public RegisterFileTests()
    {
        modes = Watched(new Register("MODES", 0x10, "A field of each access mode"))
            .Field(0, 5, "READ_ONLY", RO, "", 0x15)
            .Field(5, 5, "READ_WRITE", RW, "", 0x0A)
            .Field(10, 5, "CLEARED_BY_ONE", W1C, "", 0x1F)
            .Field(15, 5, "SET_BY_ONE", W1S, "", 0x01)
            .Field(20, 5, "CLEARED_BY_READING", RC, "", 0x1F)
            .Field(25, 5, "WRITE_ONLY", WO, "")
            .Reserved(30, 2);
        plain = Watched(new Register("PLAIN", 0x20, "All bits alike")).Field(0, 32, "VALUE", RW, "");
        file = new RegisterFile(0x100, modes, plain);

        Register Watched(Register register) => register
            .OnRead(() => reads.Add(register.Name))
            .OnWrite(write => writes.Add((register.Name, write.Before, write.Ones)))
            .LockedWhile(() => register == locked ? "a test says so" : null);
    }

    private uint Field(string name) => modes[name].Of(modes.Peek());

    [Fact]
    public void AllOnesWrittenDoWhatEachAccessModeSays()
    {
        file.Write(0x10, uint.MaxValue, ByteEnables.All);
        Assert.Equal(0x15u, Field("READ_ONLY"));
        Assert.Equal(0x1Fu, Field("READ_WRITE"));
        Assert.Equal(0x00u, Field("CLEARED_BY_ONE"));
        Assert.Equal(0x1Fu, Field("SET_BY_ONE"));
        Assert.Equal(0x1Fu, Field("CLEARED_BY_READING"));
        Assert.Equal(0x00u, Field("WRITE_ONLY"));
    }

    [Fact]
    public void ZeroesWrittenChangeOnlyReadWriteFields()
    {
        file.Write(0x10, 0, ByteEnables.All);
        Assert.Equal(0x15u, Field("READ_ONLY"));
        Assert.Equal(0x00u, Field("READ_WRITE"));
        Assert.Equal(0x1Fu, Field("CLEARED_BY_ONE"));
        Assert.Equal(0x01u, Field("SET_BY_ONE"));
    }

    [Fact]
    public void ReadingClearsOnceAndPeekingNever()
    {
        Assert.Equal(0x1Fu, modes["CLEARED_BY_READING"].Of(modes.Peek()));
        Assert.Equal(0x1Fu, modes["CLEARED_BY_READING"].Of(file.Read(0x10, ByteEnables.All)));
        Assert.Equal(0x00u, modes["CLEARED_BY_READING"].Of(file.Read(0x10, ByteEnables.All)));
    }

    [Fact]
    public void ReadingClearsOnlyTheBytesAskedFor()
    {
        // Bits 24..20 lie in bytes 2 and 3.
        file.Read(0x10, 0b0100);
        Assert.Equal(0x10u, Field("CLEARED_BY_READING"));
    }

    [Fact]
    public void WriteOnlyBitsReachTheOwnerAndAreNotKept()
    {
        file.Write(0x10, modes["WRITE_ONLY"].At(0x11), ByteEnables.All);
        var write = Assert.Single(writes);
        Assert.Equal(0x11u, modes["WRITE_ONLY"].Of(write.Ones));
        Assert.Equal(0u, Field("WRITE_ONLY"));
    }

    [Fact]
    public void EveryByteEnablePatternWritesAndReadsItsBytesOnly()
    {
        for (byte enables = 0; enables < 16; enables++)
        {
            var mask = Enumerable.Range(0, 4).Where(i => (enables >> i & 1) != 0).Aggregate(0u, (m, i) => m | 0xFFu << 8 * i);
            plain.Value = 0x11223344;
            file.Write(0x20, 0xAABBCCDD, enables);
            Assert.Equal(0x11223344 & ~mask | 0xAABBCCDD & mask, plain.Value);
            Assert.Equal(plain.Value & mask, file.Read(0x20, enables));
        }
    }

    [Fact]
    public void NoByteEnabledMeansNoSideEffect()
    {
        file.Write(0x10, uint.MaxValue, 0);
        Assert.Equal(0u, file.Read(0x10, 0));
        Assert.Empty(writes);
        Assert.Empty(reads);
        Assert.Equal(0x1Fu, Field("CLEARED_BY_READING"));
    }

    [Fact]
    public void ReservedBitsReadAsZeroAndWritesThatSetThemAreCountedByName()
    {
        file.Write(0x10, 0xC0000000, ByteEnables.All);
        file.Write(0x10, 0xC0000000, 0b0111);
        Assert.Equal(0u, modes.Peek() >> 30);
        Assert.Equal(1ul, file.ReservedWrites);
        Assert.Equal(1ul, modes.ReservedWrites);
        Assert.Equal(0ul, plain.ReservedWrites);
    }

    [Fact]
    public void WhereNothingIsDeclaredReadsAreZeroWritesIgnoredAndBothCounted()
    {
        file.Write(0x30, 5, ByteEnables.All);
        Assert.Equal(0u, file.Read(0x30, ByteEnables.All));
        Assert.Equal((1ul, 1ul), (file.UnmappedReads, file.UnmappedWrites));
        Assert.Empty(writes);
    }

    [Fact]
    public void ResetRestoresEveryRegister()
    {
        var before = modes.Peek();
        file.Write(0x10, uint.MaxValue, ByteEnables.All);
        file.Write(0x20, 1, ByteEnables.All);
        file.Reset();
        Assert.Equal(before, modes.Peek());
        Assert.Equal(0u, plain.Peek());
    }

    [Theory]
    [InlineData(28, 5, 0u, "bits 32..28")]
    [InlineData(-1, 2, 0u, "bits 0..-1")]
    [InlineData(4, 0, 0u, "bits 3..4")]
    [InlineData(3, 2, 0u, "declared already: 0x00000008")]
    [InlineData(8, 2, 4u, "cannot hold its reset value 0x4")]
    public void ImpossibleFieldsAreRefused(int lowestBit, int width, uint reset, string expected)
    {
        var register = new Register("R", 0, "").Field(0, 4, "LOW", RW, "");
        var refusal = Assert.Throws<ArgumentException>(() => register.Field(lowestBit, width, "F", RW, "", reset));
        Assert.Contains("R.F", refusal.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("A", 0x12u, "not a multiple of 4")]
    [InlineData("A", 0x100u, "not a multiple of 4 below 0x100")]
    [InlineData("A", 0x20u, "where PLAIN is already")]
    [InlineData("PLAIN", 0x24u, "Two registers are called PLAIN")]
    public void ImpossiblePlacesAreRefused(string name, uint offset, string expected)
    {
        var other = new Register(name, offset, "").Field(0, 32, "VALUE", RW, "");
        var refusal = Assert.Throws<ArgumentException>(() => new RegisterFile(0x100, plain, other));
        Assert.Contains(expected, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void BitsOfWhichNothingIsSaidAreRefused()
    {
        var register = new Register("R", 0, "").Flag(0, "F", RW, "").Reserved(2, 30);
        var refusal = Assert.Throws<ArgumentException>(() => new RegisterFile(0x100, register));
        Assert.Contains("R says nothing of bits 0x00000002", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void RegistersComeByRisingOffsetWhateverTheOrderOfDeclaration()
    {
        var reversed = new RegisterFile(0x100, plain, modes);
        Assert.Equal(["MODES", "PLAIN"], reversed.Registers.Select(r => r.Name));
    }

    [Fact]
    public void WhereOnlyWholeRegistersAnswerAnythingElseIsRefusedAndCounted()
    {
        var whole = new RegisterFile(0x100, modes, plain) { WholeRegistersOnly = true };
        plain.Value = 0x1234_5678;
        foreach (var (offset, enables) in ((uint, byte)[])[(0x20, 0x3), (0x20, 0x8), (0x40, 0xF), (0x1000, 0xF)])
        {
            Assert.Equal(uint.MaxValue, whole.Read(offset, enables));
            whole.Write(offset, 0, enables);
        }
        Assert.Equal((0x1234_5678u, 8ul), (plain.Value, whole.AccessesRefused));
        Assert.Empty(reads);
        Assert.Equal(0x1234_5678u, whole.Read(0x20, ByteEnables.All));
    }

    [Fact]
    public void ALockedRegisterTakesNoWriteAndIsRead()
    {
        locked = plain;
        file.Write(0x20, 5, ByteEnables.All);
        Assert.Empty(writes);
        Assert.Equal((0u, 1ul), (file.Read(0x20, ByteEnables.All), file.AccessesRefused));
        locked = null;
        file.Write(0x20, 5, ByteEnables.All);
        Assert.Equal(5u, plain.Value);
        Assert.Contains(new("registers.accesses-refused", 1), file.Statistics);
    }

    [Fact]
    public void APairIsOneValueOf64Bits()
    {
        var pair = new RegisterPair("BASE", 0x40, "Where", "ADDRESS", RW, "bus address") { Value = 0x1_2345_6789 };
        Assert.Equal(("BASE_LO", 0x2345_6789u, "BASE_HI", 1u), (pair.Low.Name, pair.Low.Value, pair.High.Name, pair.High.Value));
        pair.High.Value = 0xF;
        Assert.Equal(0xF_2345_6789u, pair.Value);
    }

    // What is refused must not be seen in between: a veto is asked before the value is stored.
    [Fact]
    public void WhatIsNotStoredIsNeverInTheRegisterAndDoesNothing()
    {
        var seen = new List<uint>();
        Register even = null!;
        even = new Register("EVEN", 0x30, "").Field(0, 8, "VALUE", RW, "", 4).Reserved(8, 24)
            .Stores(value =>
            {
                seen.Add(even.Value);
                return value % 2 == 0 ? value : value == 7 ? 8 : null;
            })
            .OnWrite(write => writes.Add(("EVEN", write.Before, write.After)));
        var space = new RegisterFile(0x100, even);
        space.Write(0x30, 3, ByteEnables.All);
        Assert.Equal(4u, space.Read(0x30, ByteEnables.All));
        Assert.Empty(writes);
        space.Write(0x30, 6, ByteEnables.All);
        space.Write(0x30, 7, ByteEnables.All);
        Assert.Equal([("EVEN", 4u, 6u), ("EVEN", 6u, 8u)], writes);
        Assert.Equal([4u, 4u, 6u], seen);
    }

    [Fact]
    public void AFieldThatIsComputedIsAsWhatItIsComputedFromByReadAndPeekAlike()
    {
        var (count, isOn) = (5u, false);
        var live = new Register("LIVE", 0x30, "").Field(4, 8, "COUNT", () => count, "").Flag(1, "ON", () => isOn, "")
            .Flag(0, "KEPT", RW, "").Reserved(2, 2).Reserved(12, 20);
        var space = new RegisterFile(0x100, live);
        space.Write(0x30, 0xFF3, ByteEnables.All);
        Assert.Equal(0x51u, space.Read(0x30, ByteEnables.All));
        (count, isOn) = (6, true);
        Assert.Equal((0x63u, 0x63u, Access.RO), (live.Peek(), space.Read(0x30, ByteEnables.All), live["COUNT"].Access));
    }

    [Fact]
    public void AChangeIsToldOfAndAWriteOfTheSameIsNot()
    {
        var changes = 0;
        var space = new RegisterFile(0x100, new Register("R", 0, "").Field(0, 32, "VALUE", RW, "").OnChange(() => changes++));
        space.Write(0, 1, ByteEnables.All);
        space.Write(0, 1, ByteEnables.All);
        Assert.Equal(1, changes);
    }

    [Fact]
    public void ACounterBeginsAnewAtAResetAndItsHighHalfIsOfTheSameMomentAsItsLowOne()
    {
        var total = 0x1_FFFF_FFFEul;
        var space = new RegisterFile(0x100, RegisterPair.Counter("COUNT", 0, "Things", () => total).Halves);
        Assert.Equal(0xFFFF_FFFEu, space.Read(0, ByteEnables.All));
        total += 2;
        Assert.Equal((1u, 0u, 2u), (space.Read(4, ByteEnables.All), space.Read(0, ByteEnables.All), space.Read(4, ByteEnables.All)));
        space.Reset();
        total += 3;
        Assert.Equal((3u, 0u), (space.Read(0, ByteEnables.All), space.Read(4, ByteEnables.All)));
    }
}
