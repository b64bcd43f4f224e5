namespace Pcie.DriverModel.Daq;

/// <summary>What the driver counts.</summary>
public sealed class DaqDriverCounters
{
    /// <summary>DPC runs that had nothing to copy.</summary>
    public long EmptyDpcs { get; internal set; }

    /// <summary>Copies thrown away because the chunk changed underneath.</summary>
    public long TornCopiesDiscarded { get; internal set; }

    /// <summary>Times that the card had gone round the ring past the driver.</summary>
    public long Resynchronisations { get; internal set; }

    /// <summary>ISRs that found OVERRUN set.</summary>
    public long OverrunsReported { get; internal set; }

    /// <summary>Reads of the cause register that gave all-ones, upon which the driver looked whether the device is there.</summary>
    public long FailedCauseReads { get; internal set; }

    /// <summary>Times that the watchdog found chunks for which no interrupt had come.</summary>
    public long LostInterrupts { get; internal set; }

    /// <summary>ISRs that found an error cause set.</summary>
    public long ErrorsReported { get; internal set; }
}
