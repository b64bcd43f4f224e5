namespace Pcie.Diagnosis.WhatIf;

/// <summary>What a <see cref="DepthEstimate"/> rests on.</summary>
public enum DepthBasis
{
    /// <summary>Such waits were seen, and counted.</summary>
    Counted,

    /// <summary>None was seen, and there were too few long ones to fit a distribution: the upper limit is all that is known.</summary>
    NoneSeen,

    /// <summary>None was seen; from the distribution fitted to the longest.</summary>
    Fitted,
}
