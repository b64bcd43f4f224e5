using System.ComponentModel;

namespace Pcie.Emu.Forms.Measurements;

/// <summary>A figure as it came out.</summary>
public sealed record TableRow(
    string Name,
    [property: Description("The median over the rounds.")] double Value,
    string Unit,
    [property: Description("Of latencies the 99th percentile, the median of it over the rounds; else null.")] double? P99,
    [property: Description("Of all rounds.")] double Least,
    [property: Description("Of all rounds.")] double Most,
    [property: Description("The figure that it is held against; null for none.")] string? Floor,
    [property: Description("To the floor, the median over the rounds: both were measured one after the other in each.")] double? Ratio,
    [property: Description("What it is to be; null for nothing.")] string? Goal,
    [property: Description("Whether it is; null without a goal.")] bool? Met);
