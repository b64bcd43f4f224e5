using CsCheck;
using Pcie.Emulator.Maps;
using Pcie.Emulator.Registers;

namespace Pcie.Registers.Tests.Cards;

/// <summary>A card of a map does with every access what the access says, bit by bit and byte by byte.</summary>
public sealed class MapCardTests
{
    private static readonly FieldAccess[] Accesses = [.. FieldAccess.Every()];

    [Fact]
    public void EveryAccessDoesWhatItSaysWithEveryByteThatIsEnabled() => Gen.Select(Gen.Int[0, Accesses.Length - 1], Gen.UInt,
        Gen.Select(Gen.Bool, Gen.UInt, Gen.Int[0, 15]).List[1, 12]).Sample((which, reset, steps) =>
    {
        var access = Accesses[which];
        var file = new MapCard(One(new MapField("F", 0, 32, access, reset))).Registers;
        var model = new Model(access, reset);
        foreach (var (isWrite, value, enables) in steps)
        {
            // No byte enabled is a flush.
            var mask = ByteEnables.ToMask((byte)enables);
            if (isWrite)
            {
                file.Write(0, value, (byte)enables);
                if (mask != 0) model.Write(value, mask);
            }
            else
            {
                Assert.Equal(mask == 0 ? 0 : model.Read(mask), file.Read(0, (byte)enables));
            }
        }
        file.Reset();
        model.Reset();
        Assert.Equal(model.Read(uint.MaxValue), file.Read(0, ByteEnables.All));
        file.Write(0, 0x1234_5678, ByteEnables.All);
        model.Write(0x1234_5678, uint.MaxValue);
        Assert.Equal(model.Read(uint.MaxValue), file.Read(0, ByteEnables.All));
    }, iter: 3000, threads: 1);

    [Fact]
    public void ACardDescribesTheAccessesOfItsMap() => Assert.All(Accesses, access => Assert.Equal(access, CardMap.Of(CardMap.Of(access))));

    [Fact]
    public void RegistersOfOtherWidthsAreReachedAsTheirBytes()
    {
        var card = new MapCard(Samples.Load("timer.rdl").Map);
        var file = card.Registers;

        Assert.Equal((0u, 1u), (file.Read(0x1A0, ByteEnables.All), file.Read(0x1A4, ByteEnables.All)));
        file.Write(0x1A8, 0xAABB_CCDD, 0b0110);
        Assert.Equal(0x00BB_CC00u, file.Read(0x1A8, ByteEnables.All));
        Assert.Equal(["BYTES_0_BYTES_1_BYTES_2_BYTES_3", "STAMP_HI", "STAMP_LO"],
            file.Registers.Where(register => register.Offset >= 0x1A0).Select(register => register.Name).Order());
        Assert.Equal("BYTES_2_b", file.Find(0x1A8)!.Fields[2].Name);
    }

    [Fact]
    public void EachBlockIsABarOfThePowerOfTwoThatHoldsIt()
    {
        var map = Samples.Load("timer.svd").Map;
        var identity = MapCard.IdentityOf(map with { Blocks = [map.Blocks[0], map.Blocks[0] with { Bar = 2 }] }, 0x10EE, 0x7024);

        Assert.Equal([4096u, 0, 4096, 0, 0, 0], identity.Bars.Select(bar => bar.Size));
        Assert.Equal((0x10EE, 0x7024), (identity.VendorId, identity.DeviceId));
    }

    [Fact]
    public void AMapThatReachesTooFarForACardOfRegistersIsRefused() => Assert.Equal(
        "b reaches up to 0x2000004; a card of registers has 0x1000000 bytes in a BAR at the most: choose one block of registers by FILE#NAME",
        Assert.Throws<InvalidDataException>(() => MapCard.IdentityOf(One(new MapField("F", 0, 1, FieldAccess.ReadWrite), 0x200_0000), 1, 2)).Message);

    private static DeviceMap One(MapField field, ulong offset = 0) => new("m", "",
        [new AddressBlock("b", 0, "", "", [new MapRegister("R", offset, 32, "", [field])])]);

    // The words of the accesses, a bit at a time.
    private sealed class Model(FieldAccess access, uint reset)
    {
        private readonly uint initial = reset;
        private uint value = reset, written;

        public void Reset() => (value, written) = (initial, 0);

        public uint Read(uint mask)
        {
            if (!access.IsReadable) return 0;
            var seen = value & mask;
            Each(mask, bit => access.Read switch { ReadEffect.Clears => false, ReadEffect.Sets => true, _ => Is(value, bit) });
            return seen;
        }

        public void Write(uint data, uint mask)
        {
            // Of a field that cannot be read nobody sees what it keeps.
            Each(mask, bit =>
            {
                var (now, one) = (Is(value, bit), Is(data, bit));
                return access.Write switch
                {
                    WriteEffect.Stores => one,
                    WriteEffect.OneClears => now && !one,
                    WriteEffect.OneSets => now || one,
                    WriteEffect.OneToggles => now ^ one,
                    WriteEffect.ZeroClears => now && one,
                    WriteEffect.ZeroSets => now || !one,
                    WriteEffect.ZeroToggles => now ^ !one,
                    WriteEffect.Clears => false,
                    WriteEffect.Sets => true,
                    WriteEffect.Once => Is(written, bit) ? now : one,
                    _ => now,
                };
            });
            written |= mask;
        }

        private void Each(uint mask, Func<int, bool> becomes)
        {
            var next = value;
            for (var bit = 0; bit < 32; bit++)
                if (Is(mask, bit)) next = next & ~(1u << bit) | (becomes(bit) ? 1u << bit : 0);
            value = next;
        }

        private static bool Is(uint word, int bit) => (word >> bit & 1) != 0;
    }
}
