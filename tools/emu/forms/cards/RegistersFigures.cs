using System.ComponentModel;
using System.Globalization;
using Pcie.Control.Wire;
using Pcie.Tables;

namespace Pcie.Emu.Forms.Cards;

/// <summary>All registers of a running card and their values, as JSON.</summary>
[JsonForm("registers/1")]
public sealed record RegistersFigures : JsonForm
{
    public required CardIdentity Card { get; init; }

    [Description("In order of BAR and offset.")]
    public required IReadOnlyList<RegisterFigures.Row> Registers { get; init; }

    public static RegistersFigures Of(CardDescription card, IEnumerable<RegisterValue> values) =>
        new() { Card = CardIdentity.Of(card), Registers = [.. values.Select(RegisterFigures.Row.Of)] };

    /// <summary>Which card it is.</summary>
    public sealed record CardIdentity(
        [property: Description("For a person.")] string Name,
        [property: Description("Vendor and device, four hexadecimal digits each, as lspci has them.")] string Id)
    {
        public static CardIdentity Of(CardDescription card) =>
            new(card.Name, string.Create(CultureInfo.InvariantCulture, $"{card.VendorId:x4}:{card.DeviceId:x4}"));
    }
}
