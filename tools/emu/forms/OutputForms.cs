using System.Text.Json.Nodes;
using Pcie.Diagnosis.Calibration;
using Pcie.Diagnosis.Import.Results;
using Pcie.Diagnosis.Validation;
using Pcie.Diagnosis.Verdicts;
using Pcie.Diagnosis.WhatIf;
using Pcie.DriverModel.Report;
using Pcie.DriverModel.Scenario;
using Pcie.Emu.Campaigns;
using Pcie.Emu.Checking;
using Pcie.Emu.Forms.Cards;
using Pcie.Emu.Forms.Measurements;
using Pcie.Emu.Listing;
using Pcie.Emu.Replay;
using Pcie.Emu.WhatIf;
using Pcie.Tables;

namespace Pcie.Emu.Forms;

/// <summary>The forms of what the commands print as JSON, by the names that stand in <c>schema</c> before the version.</summary>
public static class OutputForms
{
    private static readonly IReadOnlyList<Type> Forms =
    [
        typeof(ExplanationFigures), typeof(ComparisonFigures), typeof(ConformanceFigures), typeof(ReplayFigures), typeof(SessionFigures),
        typeof(CalibrationFigures), typeof(ValidationFigures), typeof(SummaryFigures), typeof(LatencyMonFigures),
        typeof(CampaignFigures), typeof(RegisterFigures), typeof(RegistersFigures), typeof(RegisterMapFigures), typeof(StatisticsFigures),
        typeof(FaultFigures), typeof(MeasuredFigures),
    ];

    public static IReadOnlyList<string> Names { get; } = [.. Forms.Prepend(typeof(RunReport)).Select(NameOf)];

    /// <summary>The JSON Schema of a form.</summary>
    public static JsonObject SchemaOf(string name) =>
        Forms.FirstOrDefault(form => NameOf(form) == name) is { } form ? JsonFormSchema.Of(form) : OfRun();

    private static string NameOf(Type form) => JsonForm.NameOf(form).Split('/')[0];

    // A report is that of one of the drivers; what else stands in it depends on what was asked for.
    private static JsonObject OfRun() => new()
    {
        ["$schema"] = JsonFormSchema.Dialect,
        ["title"] = JsonForm.NameOf(typeof(RunReport)),
        ["anyOf"] = new JsonArray([.. DriverKinds.Reports.Select(OfReport)]),
        ["$defs"] = new JsonObject { ["explanation"] = JsonFormSchema.Inner(typeof(ExplanationFigures)) },
    };

    private static JsonNode OfReport(Type report)
    {
        var schema = RunReport.SchemaOf(report);
        var members = schema["properties"]!.AsObject();
        members["explanation"] = new JsonObject { ["$ref"] = "#/$defs/explanation" };
        // The records of other cards, where the host has several.
        members["cards"] = new JsonObject { ["type"] = "object", ["additionalProperties"] = new JsonObject { ["$ref"] = "#" } };
        members["trials"] = new JsonObject { ["type"] = "array", ["items"] = JsonFormSchema.Inner(typeof(TrialFigures)) };
        return schema;
    }
}
