using Pcie.Tables;

namespace Pcie.Emu.Forms.Measurements;

/// <summary>What <c>tools/bench</c> measured, as JSON; the unit of each is a word beside its value.</summary>
[JsonForm("measurements/1")]
public sealed record MeasuredFigures(IReadOnlyList<TableRow> Figures) : JsonForm;
