using Pcie.Pci;
using Pcie.Scenario;
using Pcie.Time;

namespace Pcie.Emulator.Faults;

/// <summary>Reads the tables <c>[[card.fault]]</c>.</summary>
public static class FaultScenario
{
    private const int Most = 1000;

    /// <exception cref="ScenarioException">A key is unknown or missing, does not belong to the kind, or says something impossible.</exception>
    public static IReadOnlyList<Fault> Read(ScenarioTable card)
    {
        var tables = card.Tables("fault");
        if (tables.Count > Most) throw card.Refusal("fault", $"{tables.Count} faults; {Most} are allowed");
        // None is what the default has: options that are alike are equal.
        return tables.Count == 0 ? [] : [.. tables.Select(ReadOne)];
    }

    private static Fault ReadOne(ScenarioTable table)
    {
        var kind = table.Choice<FaultKind>("kind");
        var d = new Fault(kind);
        var fault = d with
        {
            At = SimTime.Zero + table.Duration("at"),
            Every = table.Has("every") ? table.Duration("every", min: new Duration(1)) : null,
            Count = (int)table.Integer("count", d.Count, min: 1, max: 1_000_000),
            Duration = table.Duration("duration", d.Duration, min: new Duration(1)),
            Status = table.Choice<FaultStatus>("status", FaultStatus.UnsupportedRequest) == FaultStatus.CompleterAbort
                ? CompletionStatus.CompleterAbort : CompletionStatus.UnsupportedRequest,
        };
        Only("count", kind is not (FaultKind.SourceStall or FaultKind.LinkDown or FaultKind.SurpriseRemoval or FaultKind.FunctionReset), "happens once each time");
        Only("duration", kind is FaultKind.SourceStall or FaultKind.LinkDown or FaultKind.MsiDelayed or FaultKind.MsiDuplicated, "takes no time");
        Only("status", kind is FaultKind.CompletionError or FaultKind.DmaReadError, "has no completion");
        Only("every", kind != FaultKind.SurpriseRemoval, "does not come back");
        table.RefuseUnknownKeys();
        return fault;

        void Only(string key, bool belongs, string otherwise)
        {
            if (table.Has(key) && !belongs) throw table.Refusal(key, $"a fault of this kind {otherwise}; leave it out");
        }
    }

    private enum FaultStatus
    {
        UnsupportedRequest,
        CompleterAbort,
    }
}
