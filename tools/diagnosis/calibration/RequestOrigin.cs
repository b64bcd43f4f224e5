namespace Pcie.Diagnosis.Calibration;

/// <summary>Who asks for a DPC or softirq.</summary>
public enum RequestOrigin
{
    /// <summary>Nobody knows, or another DPC or softirq does.</summary>
    Unknown,

    /// <summary>An ISR of the same processor.</summary>
    Isr,

    /// <summary>A thread, which can only when nothing else has the processor.</summary>
    Thread,
}
