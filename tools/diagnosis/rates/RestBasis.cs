namespace Pcie.Diagnosis.Rates;

/// <summary>What is known of the losses of a stratum, or of the rest.</summary>
public enum RestBasis
{
    /// <summary>There were some, and they were counted.</summary>
    Counted,

    /// <summary>There were none, and a bound that holds for the modelled machine says how seldom there can be any.</summary>
    Proven,

    /// <summary>There were none; from the distribution fitted to the longest waits.</summary>
    Fitted,

    /// <summary>There were none, and that is all that is known: Garwood's limit for the time that was simulated.</summary>
    NoneSeen,
}
