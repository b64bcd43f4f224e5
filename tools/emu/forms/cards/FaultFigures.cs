using System.ComponentModel;
using Pcie.Control.Wire;
using Pcie.Tables;

namespace Pcie.Emu.Forms.Cards;

/// <summary>A fault that a running card has taken, as JSON.</summary>
[JsonForm("fault/1")]
public sealed record FaultFigures : JsonForm
{
    public required string Kind { get; init; }

    [Description("How many reads, messages or writes it hits; of a burst, the chunks.")]
    public required uint Count { get; init; }

    [Description("How long it lasts, or by how much it delays; 0 for what the card takes unless told.")]
    public required long DurationNs { get; init; }

    public static FaultFigures Of(InjectFaultRequest request) =>
        new() { Kind = request.Kind, Count = request.Count, DurationNs = request.DurationNs };
}
