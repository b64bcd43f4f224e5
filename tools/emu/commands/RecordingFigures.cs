using System.Text.Json.Nodes;
using Pcie.Diagnosis.Import.Results;

namespace Pcie.Emu.Commands;

/// <summary>How far a recording was read, as JSON.</summary>
internal static class RecordingFigures
{
    public static void AddTo(JsonObject figures, ImportReport report)
    {
        figures["lines_understood"] = report.Understood;
        figures["not_understood"] = new JsonArray([.. report.NotUnderstood.Select(kind => new JsonObject
        {
            ["kind"] = kind.Key, ["count"] = kind.Value.Count, ["line"] = kind.Value.Line, ["example"] = kind.Value.Example,
        })]);
        figures["runs_without_end"] = report.WithoutEnd;
    }
}
