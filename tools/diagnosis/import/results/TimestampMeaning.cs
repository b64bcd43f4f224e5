namespace Pcie.Diagnosis.Import.Results;

/// <summary>What the TimeStamp of an xperf Interrupt or DPC row is.</summary>
public enum TimestampMeaning
{
    /// <summary>Whichever makes fewer DPCs of a processor overlap; the end if both are as good, which is what ETW records.</summary>
    Detect,
    Start,
    End,
}
