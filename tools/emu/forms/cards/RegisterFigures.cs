using System.ComponentModel;
using Pcie.Control.Wire;
using Pcie.Tables;

namespace Pcie.Emu.Forms.Cards;

/// <summary>A register of a running card and its value, as JSON.</summary>
[JsonForm("register/1")]
public sealed record RegisterFigures : JsonForm
{
    public required Row Register { get; init; }

    public static RegisterFigures Of(RegisterValue register) => new() { Register = Row.Of(register) };

    /// <summary>The same with one of its fields only.</summary>
    public static RegisterFigures Of(RegisterValue register, FieldValue field) =>
        new() { Register = Row.Of(register) with { Fields = [new Field(field.Name, field.Value)] } };

    /// <summary>A register, in this form and in that of all registers.</summary>
    public sealed record Row
    {
        [Description("Empty if the place has none.")]
        public required string Name { get; init; }

        public required uint Bar { get; init; }

        [Description("In bytes from the BAR's start.")]
        public required ulong Offset { get; init; }

        public required ulong Value { get; init; }

        [Description("By rising bit; if one was asked for, that one.")]
        public required IReadOnlyList<Field> Fields { get; init; }

        public static Row Of(RegisterValue register) => new()
        {
            Name = register.Name, Bar = register.Bar, Offset = register.Offset, Value = register.Value,
            Fields = [.. register.Fields.Select(field => new Field(field.Name, field.Value))],
        };
    }

    public sealed record Field(string Name, [property: Description("Its bits, moved down to bit 0.")] ulong Value);
}
