using Pcie.Time;

namespace Pcie.Diagnosis.Rates;

/// <summary>How what is rare in a scenario was made to occur, the same in each design.</summary>
/// <param name="Strata">Each rare source by itself, then two that fall together, then three or more.</param>
/// <param name="RestShare">How much of the time belongs to no occurrence, 0 to 1.</param>
/// <param name="Window">How long after an occurrence what is lost is counted for it, and the next one does not come.</param>
/// <param name="Precision">A rate that is to be told from none.</param>
public sealed record RareSetting(IReadOnlyList<RareStratum> Strata, double RestShare, Duration Window, double Precision);
