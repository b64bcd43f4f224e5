using System.ComponentModel;
using Pcie.Tables;
using Pcie.TestKit.Conformance;

namespace Pcie.Emu.Checking;

/// <summary>A <see cref="ConformanceReport"/> as JSON.</summary>
[JsonForm("conformance/3")]
public sealed record ConformanceFigures : JsonForm
{
    [Description("Name and IDs.")]
    public required string Device { get; init; }

    [Description("Where it is.")]
    public required string Place { get; init; }

    public required int Passed { get; init; }
    public required int Failed { get; init; }

    [Description("That do otherwise, as the device's profile says that it does.")]
    public required int Different { get; init; }

    public required int NotApplicable { get; init; }

    [Description("By the wall clock, attaching included.")]
    public required long WallNs { get; init; }

    public required IReadOnlyList<Check> Checks { get; init; }

    public static ConformanceFigures Of(ConformanceReport report) => new()
    {
        Device = report.Device, Place = report.Place, Passed = report.Passed, Failed = report.Failed, NotApplicable = report.NotApplicable,
        Different = report.Different,
        WallNs = NanosecondsOf(report.Elapsed),
        Checks = [.. report.Results.Select(result => new Check(result.Check.Name, result.Check.Rule, result.Check.Section, result.Outcome,
            result.Expectation, result.Context, result.NotTried, NanosecondsOf(result.Elapsed)))],
    };

    private static long NanosecondsOf(TimeSpan time) => time.Ticks * TimeSpan.NanosecondsPerTick;

    public sealed record Check(
        string Name, string Rule,
        [property: Description("Of the PCI Express specification.")] string Section,
        CheckOutcome Outcome,
        [property: Description("Of a failure or a difference what was expected and what was seen; of one that does not apply, why; else empty.")]
        string Expectation,
        [property: Description("Of a failure step, time and transactions; of a difference its reason.")] string Context,
        [property: Description("Of one that passed or found a difference, what of its rule was not tried, and why.")] IReadOnlyList<string> NotTried,
        long WallNs);
}
