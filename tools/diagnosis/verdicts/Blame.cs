namespace Pcie.Diagnosis.Verdicts;

/// <summary>Whose the trouble is, which somebody asks who has written the driver.</summary>
internal enum Blame
{
    /// <summary>A delay by others, or none: the durations of the driver's own routines tell.</summary>
    ByDuration,

    /// <summary>What the driver's code does.</summary>
    Driver,

    /// <summary>What the driver's code and the card have agreed on.</summary>
    DriverOrCard,

    /// <summary>The application behind the driver.</summary>
    Application,
}

internal static class Blames
{
    /// <summary>The gravest of several verdicts, with that verdict; null if none blames anybody.</summary>
    public static (Blame Blame, Verdict Verdict)? Of(IEnumerable<Verdict> verdicts) => verdicts
        .Select(verdict => ((Blame Blame, Verdict Verdict)?)(Of(verdict.Kind), verdict))
        .Where(one => one!.Value.Blame != Blame.ByDuration).MinBy(one => one!.Value.Blame);

    private static Blame Of(VerdictKind kind) => kind switch
    {
        VerdictKind.DpcNotDraining or VerdictKind.OwnIsr or VerdictKind.OwnDpc or VerdictKind.TornCopy => Blame.Driver,
        VerdictKind.LostEdge or VerdictKind.StuckCause or VerdictKind.HeldBack or VerdictKind.CardNotRestarted => Blame.DriverOrCard,
        VerdictKind.ReaderTooSlow => Blame.Application,
        _ => Blame.ByDuration,
    };
}
