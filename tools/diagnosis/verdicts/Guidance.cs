using Pcie.Time;

namespace Pcie.Diagnosis.Verdicts;

/// <summary>How long a driver's routines should take at most, by Microsoft's guidelines for writing ISRs and DPC routines.</summary>
public static class Guidance
{
    public static readonly Duration Isr = Duration.FromMicroseconds(25);
    public static readonly Duration Dpc = Duration.FromMicroseconds(100);
}
