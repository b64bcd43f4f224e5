using Pcie.Emulator.Device;
using Pcie.Emulator.Registers;
using Pcie.Registers;

namespace Pcie.Emulator.Maps;

/// <summary>The registers of a card of ours as a map, from the declaration that decodes accesses, to be written in others' formats.</summary>
public static class CardMap
{
    private static readonly Dictionary<Access, WriteEffect> Writes = new()
    {
        [Access.None] = WriteEffect.None, [Access.RW] = WriteEffect.Stores, [Access.W1C] = WriteEffect.OneClears, [Access.W1S] = WriteEffect.OneSets,
        [Access.W1T] = WriteEffect.OneToggles, [Access.W0C] = WriteEffect.ZeroClears, [Access.W0S] = WriteEffect.ZeroSets,
        [Access.W0T] = WriteEffect.ZeroToggles, [Access.WC] = WriteEffect.Clears, [Access.WS] = WriteEffect.Sets, [Access.W1] = WriteEffect.Once,
    };

    /// <summary>All BARs of a card.</summary>
    public static DeviceMap Of(DeviceIdentity identity, ICard card) => new(
        new string([.. identity.Name.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '_')]), "",
        [.. from bar in Enumerable.Range(0, identity.Bars.Count)
            let file = card.RegistersOf(bar)
            where file is not null
            select Block(file, $"bar{bar}", bar, "", "")]);

    /// <summary>One register file as a block of a map.</summary>
    /// <param name="bar">Null for configuration space.</param>
    public static AddressBlock Block(RegisterFile file, string name, int? bar, string title, string description) => new(name, bar, title, description,
        [.. file.Registers.Select(register => new MapRegister(register.Name, register.Offset, 32, register.Sentence,
            [.. register.Fields.Select(field =>
                new MapField(field.Name, field.LowestBit, field.Width, Of(field.Access), field.Reset, field.Sentence))]))]);

    /// <summary>An access of a card's as one of a map's.</summary>
    public static FieldAccess Of(Access access)
    {
        if (access == Access.WO) return new FieldAccess(false, WriteEffect.Stores);
        var read = (access & Access.RC) == Access.RC ? ReadEffect.Clears : (access & Access.RS) == Access.RS ? ReadEffect.Sets : ReadEffect.None;
        var readable = (access & Access.RO) != 0;
        var write = access & ~(Access.RC | Access.RS | Access.RO);
        return new FieldAccess(readable, Writes.First(one => (one.Key & ~Access.RO) == write).Value, read);
    }

    /// <summary>An access of a map's as one of a card's.</summary>
    public static Access Of(FieldAccess access)
    {
        if (access == new FieldAccess(false, WriteEffect.Stores)) return Access.WO;
        var written = Writes.First(one => one.Value == access.Write).Key & ~Access.RO;
        var read = access.Read switch { ReadEffect.Clears => Access.RC, ReadEffect.Sets => Access.RS, _ => Access.None };
        return written | read | (access.IsReadable ? Access.RO : Access.None);
    }
}
