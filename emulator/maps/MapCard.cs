using System.Numerics;
using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using Pcie.Registers;
using Pcie.Registers.Layout;

namespace Pcie.Emulator.Maps;

/// <summary>
/// A card that is registers and nothing else, made from a map: what software may do with them, what reading and writing does, what they are after a
/// reset. No hardware stands behind it, so that nothing changes of itself.
/// </summary>
public sealed class MapCard : ICard
{
    // More is memory, and not a map of registers.
    private const ulong MostBytes = 16 << 20;
    private const uint SmallestBar = 4096;

    private readonly RegisterFile?[] files = new RegisterFile?[6];

    public MapCard(DeviceMap map)
    {
        foreach (var block in map.Bars)
            files[block.Bar!.Value] = new RegisterFile(SizeOf(block), DwordLayout.Of(block).Select(Declared)) { Name = $"BAR {block.Bar}" };
        Registers = files[0] ?? new RegisterFile(SmallestBar);
    }

    public RegisterFile Registers { get; }

    public IEnumerable<KeyValuePair<string, ulong>> Statistics => files.OfType<RegisterFile>().SelectMany(file => file.Statistics)
        .GroupBy(counter => counter.Key).Select(same => new KeyValuePair<string, ulong>(same.Key, same.Aggregate(0UL, (sum, one) =>
            sum + one.Value)));

    /// <summary>What such a card is to the bus.</summary>
    /// <exception cref="InvalidDataException">The map is larger than a card of registers can be.</exception>
    public static DeviceIdentity IdentityOf(DeviceMap map, ushort vendorId, ushort deviceId)
    {
        var bars = new BarRequest[6];
        foreach (var block in map.Bars)
        {
            if (block.Size > MostBytes)
                throw new InvalidDataException($"{block.Name} reaches up to 0x{block.Size:X}; a card of registers has 0x{MostBytes:X} bytes in a "
                    + "BAR at the most: choose one block of registers by FILE#NAME");
            bars[block.Bar!.Value] = SizeOf(block);
        }
        return new DeviceIdentity
        {
            Name = map.Name, VendorId = vendorId, DeviceId = deviceId, ClassCode = 0xFF0000, SubsystemVendorId = vendorId, SubsystemId = deviceId,
            Bars = bars,
        };
    }

    /// <inheritdoc/>
    public RegisterFile? RegistersOf(int bar) => files[bar];

    /// <inheritdoc/>
    public void Reset()
    {
        foreach (var file in files) file?.Reset();
    }

    public void Dispose()
    {
        // Holds nothing that has an end.
    }

    private static uint SizeOf(AddressBlock block) => Math.Max(SmallestBar, BitOperations.RoundUpToPowerOf2((uint)block.Size));

    /// <summary>A register as a map describes it.</summary>
    internal static Register Declared(DwordRegister register)
    {
        var declared = new Register(register.Name, register.Offset, register.Description);
        var next = 0;
        foreach (var field in register.Fields)
        {
            if (field.LowestBit > next) declared.Reserved(next, field.LowestBit - next);
            declared.Field(field.LowestBit, field.Width, field.Name, CardMap.Of(field.Access), field.Description, (uint)(field.Reset ?? 0));
            next = field.HighestBit + 1;
        }
        return next < 32 ? declared.Reserved(next, 32 - next) : declared;
    }
}
