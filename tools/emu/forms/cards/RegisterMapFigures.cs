using System.ComponentModel;
using Pcie.Control.Wire;
using Pcie.Tables;

namespace Pcie.Emu.Forms.Cards;

/// <summary>What a running card is, and what its registers mean, as JSON.</summary>
[JsonForm("register-map/1")]
public sealed record RegisterMapFigures : JsonForm
{
    public required RegistersFigures.CardIdentity Card { get; init; }
    public required IReadOnlyList<Bar> Bars { get; init; }

    [Description("In order of BAR and offset.")]
    public required IReadOnlyList<Register> Registers { get; init; }

    [Description("The kinds that emu fault takes of this card.")]
    public required IReadOnlyList<string> Faults { get; init; }

    public static RegisterMapFigures Of(CardDescription card) => new()
    {
        Card = RegistersFigures.CardIdentity.Of(card),
        Bars = [.. card.Bars.Select(bar => new Bar(bar.Number, bar.Size))],
        Registers = [.. card.Registers.Select(Register.Of)],
        Faults = [.. card.Faults],
    };

    public sealed record Bar(uint Number, [property: Description("A power of two.")] ulong SizeBytes);

    public sealed record Register(
        string Name, uint Bar,
        [property: Description("In bytes from the BAR's start.")] ulong Offset,
        uint WidthBits, ulong ResetValue, string Description,
        [property: Description("By rising bit.")] IReadOnlyList<Field> Fields)
    {
        public static Register Of(RegisterDescription register) => new(register.Name, register.Bar, register.Offset, register.WidthBits,
            register.ResetValue, register.Description, [.. register.Fields.Select(field =>
                new Field(field.Name, field.LowestBit, field.WidthBits, field.Access, field.Description))]);
    }

    public sealed record Field(
        string Name, uint LowestBit, uint WidthBits,
        [property: Description("RO, RW, W1C and others that docs/own-registers.md lists.")] string Access,
        string Description);
}
